import type { Advice } from "../agents/kind.ts";
import type { FailureBook } from "../domain/failure-book.ts";
import { adviceIn, handedAdvice, type WrittenAdvice } from "../domain/written-advice.ts";
import type { Hash } from "../kernel/hash.ts";
import { tokensIn } from "../memory/context.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { FailuresView } from "./views/failures.ts";

/** What of the past is handed on with one task at most: advice must not crowd out the work. */
const LESSONS = 5;
const BUDGET_TOKENS = 400;

export interface AdviserDeps {
  readonly palace: MemoryPalace;
  readonly failures: FailuresView;
  readonly book: () => FailureBook;
  readonly hash: Hash;
  /** Without it nobody is advised. */
  readonly enabled: boolean;
}

/**
 * The lessons about what a task, or else its agent, has failed with before: the task's own first, then those that struck
 * last. Their text comes from the memory as the agent itself may read it; what was forgotten there is no advice. A lesson
 * that was disproved is left out.
 */
export function adviser({ palace, failures, book, hash, enabled }: AdviserDeps) {
  return async (taskId: string, agentId: string): Promise<readonly Advice[]> => {
    if (!enabled) return [];
    const known = failures.taught();
    const ofTask = known.filter(({ fingerprint }) => book().get(fingerprint)?.taskIds.has(taskId) === true);
    const ofAgent = known.filter((row) => row.agents.includes(agentId) && !ofTask.includes(row));
    const mine = palace.as({ kind: "agent", id: agentId });
    const advice: Advice[] = [];
    let tokens = 0;
    for (const { lesson } of [...ofTask, ...ofAgent]) {
      if (advice.length === LESSONS) break;
      const item = await mine.get(lesson, { space: "shared" });
      if (item === undefined) continue;
      const { key, title = key } = item;
      const written = adviceIn(item.data);
      // What the engine knows comes first; where there is no room for what a model wrote beside it, it comes alone.
      const wordings = written === undefined ? [item.content] : [`${item.content}\n${handed(written)}`, item.content];
      const costOf = (content: string) => tokensIn(title) + tokensIn(content);
      const content = wordings.find((text) => tokens + costOf(text) <= BUDGET_TOKENS);
      // A shorter one behind it may still fit.
      if (content === undefined) continue;
      tokens += costOf(content);
      advice.push({ key, title, content });
    }
    return advice;
  };

  /** The mark is a hash of the text: whoever wrote it could not have written that too. */
  function handed(written: WrittenAdvice): string {
    return handedAdvice(written, hash.sha256(written.text).slice(0, 16));
  }
}
