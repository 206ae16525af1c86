import { setTimeout as pause } from "node:timers/promises";
import { AiosError } from "../../kernel/errors.ts";
import type { Task } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { followEvents } from "../event-stream.ts";
import { sayEvent } from "../event-text.ts";
import { exit } from "../exit.ts";
import { plain } from "../terminal.ts";
import { hasEnded, sayTask } from "./task-text.ts";

export const wait: Command = {
  name: "wait",
  summary: "Wait until a task has ended and show it",
  operands: [{ name: "ID", says: "the task's id" }],
  notes: [
    "Exits with 0 when the task succeeded and with 1 when it failed, is dead or was cancelled.",
    "What happens to it meanwhile is told on standard error. Ctrl-C ends the waiting, not the task.",
  ],
  examples: ["aios tasks wait 0198c1d2-5f7e-7aaa-8001-3f1f6c1c9e01"],
  run: (call) => waitAndTell(call, call.given.operand("ID")),
};

/** Waits for the end of a task, tells about it meanwhile, shows it, and answers with the exit code it deserves. */
export async function waitAndTell(call: Call, id: string): Promise<number> {
  const { terminal, json } = call;
  const task = await waitForEnd(call, id, (line) => {
    if (!json) terminal.err(line);
  });
  tell(call, task, () => sayTask(task, Date.now(), terminal.paint));
  return task.state === "succeeded" ? exit.done : exit.failed;
}

const endings: ReadonlySet<string> = new Set(["task.succeeded", "task.failed", "task.cancelled"]);

/**
 * Resolves with the task once it has ended, however it ended. How it is when the waiting begins, and every event about
 * it from then on, is told as a line of text.
 */
export async function waitForEnd(
  call: Pick<Call, "given" | "env" | "cwd" | "terminal">,
  id: string,
  say: (line: string) => void,
): Promise<Task> {
  const param = { id: segment(id) };
  const look = async () => read((await connect(call)).api.tasks[":id"].$get({ param }));
  // A task that does not exist is not waited for.
  const task = await look();
  if (hasEnded(task)) return task;
  try {
    return await listenForEnd(call, id, look, say);
  } catch (failure) {
    if (!(failure instanceof AiosError) || failure.code !== "auth.refused") throw failure;
    // An agent reads its own tasks, but not the events.
    return lookForEnd(look);
  }
}

async function listenForEnd(
  call: Pick<Call, "given" | "env" | "cwd" | "terminal">,
  id: string,
  look: () => Promise<Task>,
  say: (line: string) => void,
): Promise<Task> {
  let task: Task | undefined;
  for await (const item of followEvents(call, { subject: `task/${id}` })) {
    if (item.kind === "event") say(sayEvent(item.event, call.terminal.paint));
    // Once the stream is live nothing is missed any more, but the task may have ended before that.
    if (item.kind === "event" && !endings.has(item.event.type)) continue;
    task = await look();
    if (hasEnded(task)) break;
    if (item.kind === "live") say(`Task ${plain(id)} is ${task.state}.\n`);
  }
  return task ?? look();
}

const LOOK_MS = 1_000;

async function lookForEnd(look: () => Promise<Task>): Promise<Task> {
  for (;;) {
    const task = await look();
    if (hasEnded(task)) return task;
    await pause(LOOK_MS);
  }
}
