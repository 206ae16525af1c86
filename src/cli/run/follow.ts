import type { AnyEvent } from "../../events/envelope.ts";
import type { Task } from "../answers.ts";
import type { Call } from "../command.ts";
import { followEvents } from "../event-stream.ts";
import { chapterOf, type Story, storyAfter, storyOf } from "./story.ts";

/** How long a failed task is given until a playbook has answered; deciding takes the engine a few milliseconds. */
const ANSWER_MS = 300;

export interface Following {
  /** Submits the task, or finds it again; asked once the line to the engine is open. */
  readonly submit: () => Promise<Task>;
  readonly tell: (event: AnyEvent, before: Story, after: Story) => void;
}

/** Follows a task until it is over, remedies included. Rejects with `engine.unreachable` when the engine is lost. */
export async function followTask(call: Call, { submit, tell }: Following): Promise<Story> {
  const enough = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let story: Story | undefined;
  try {
    for await (const item of followEvents(call, {}, enough.signal)) {
      // Whatever happened before this moment stands in the task itself, whatever comes after it is told.
      if (item.kind === "live") story ??= storyOf(await submit());
      else if (story !== undefined) {
        const before = story;
        story = storyAfter(before, item.event);
        tell(item.event, before, story);
      }
      clearTimeout(timer);
      const chapter = story === undefined ? "open" : chapterOf(story);
      if (chapter === "over") break;
      if (chapter === "failed") timer = setTimeout(() => enough.abort(), ANSWER_MS);
    }
  } finally {
    clearTimeout(timer);
    enough.abort();
  }
  if (story === undefined) throw new Error("the events ended before the task began");
  return story;
}
