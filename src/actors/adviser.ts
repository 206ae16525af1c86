import type { Advice } from "../agents/kind.ts";
import type { FailureBook } from "../domain/failure-book.ts";
import { tokensIn } from "../memory/context.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { FailureRow, FailuresView } from "./views/failures.ts";

/** What of the past is handed on with one task at most: advice must not crowd out the work. */
const LESSONS = 5;
const BUDGET_TOKENS = 400;

export interface AdviserDeps {
  readonly palace: MemoryPalace;
  readonly failures: FailuresView;
  readonly book: () => FailureBook;
  /** Without it nobody is advised. */
  readonly enabled: boolean;
}

/**
 * The lessons about what a task, or else its agent, has failed with before: the task's own first, then those that struck
 * last. Their text comes from the memory as the agent itself may read it; what was forgotten there is no advice. A lesson
 * that was disproved is left out.
 */
export function adviser({ palace, failures, book, enabled }: AdviserDeps) {
  return async (taskId: string, agentId: string): Promise<readonly Advice[]> => {
    if (!enabled) return [];
    const known = failures.list().filter(isTaught);
    const ofTask = known.filter(({ fingerprint }) => book().get(fingerprint)?.taskIds.has(taskId) === true);
    const ofAgent = known.filter((row) => row.agents.includes(agentId) && !ofTask.includes(row));
    const mine = palace.as({ kind: "agent", id: agentId });
    const advice: Advice[] = [];
    let tokens = 0;
    for (const { lesson } of [...ofTask, ...ofAgent]) {
      if (advice.length === LESSONS) break;
      const item = await mine.get(lesson, { space: "shared" });
      if (item === undefined) continue;
      const { key, title = key, content } = item;
      const cost = tokensIn(title) + tokensIn(content);
      // A shorter one behind it may still fit.
      if (tokens + cost > BUDGET_TOKENS) continue;
      tokens += cost;
      advice.push({ key, title, content });
    }
    return advice;
  };
}

function isTaught(row: FailureRow): row is FailureRow & { readonly lesson: string } {
  return row.lesson !== undefined && row.level !== "retired";
}
