import type { ImprovementKind } from "../events/types/evolution.ts";
import { signTail } from "./sign-test.ts";
import type { Block } from "./trial.ts";

/** How many live tasks are copied, which share of those that come meanwhile, and until when at most (epoch milliseconds). */
export interface ShadowPlan {
  readonly tasks: number;
  readonly share: number;
  readonly untilMs: number;
}

/** What is known of a task and its copy: whether either succeeded, as far as it has ended. */
export type Copy = Partial<Block>;

/** Copies in whose name nothing came back are not repeated for ever: so many are begun for each that is wanted. */
const TRIES = 3;
/** A change that does nothing is taken for worse with at most this chance. */
const WRONG = 0.03;
/** What one attempt of a copy can show; waits and further attempts, tasks at once and quarantine it cannot. */
const shadowed: ReadonlySet<ImprovementKind> = new Set(["timeout", "environment", "model", "command", "advice"]);
const PREFIX = "shadow-of-";

export function canShadow(kind: ImprovementKind): boolean {
  return shadowed.has(kind);
}

/** Under which name a copy of a task runs; no task bears it. */
export function copyOf(taskId: string): string {
  return `${PREFIX}${taskId}`;
}

/** Whether one more copy may begin. */
export function hasRoom(
  plan: ShadowPlan,
  now: { readonly begun: number; readonly open: number; readonly pairs: number; readonly atMs: number },
): boolean {
  return now.pairs + now.open < plan.tasks && now.begun < TRIES * plan.tasks && now.atMs < plan.untilMs;
}

export interface ShadowReading {
  readonly verdict: "running" | "worse" | "not_worse";
  readonly pairs: number;
  /** Tasks that succeeded with the present version, and copies that did with the new one. */
  readonly control: number;
  readonly candidate: number;
  /** Pairs of which only the copy failed, and of which only it succeeded. */
  readonly lost: number;
  readonly won: number;
}

/**
 * Whether the new version is clearly worse, by the exact sign test on the pairs that differ (Dixon and Mood, The statistical
 * sign test, 1946), looked at once, after `plan.tasks` pairs. It ends earlier only when what is left could not change the
 * answer (curtailed sampling), which leaves its error as it is. Where copies brought nothing back, the trial judges.
 */
export function readShadow(
  pairs: readonly Block[],
  plan: Pick<ShadowPlan, "tasks">,
  spent: { readonly begun: number; readonly open: number },
): ShadowReading {
  const count = (holds: (pair: Block) => boolean) => pairs.filter(holds).length;
  const lost = count(({ control, candidate }) => control && !candidate);
  const won = count(({ control, candidate }) => !control && candidate);
  const left = Math.max(0, plan.tasks - pairs.length);
  const reading = {
    pairs: pairs.length,
    control: count(({ control }) => control),
    candidate: count(({ candidate }) => candidate),
    lost,
    won,
  };
  if (isWorse(lost, won + left)) return { ...reading, verdict: "worse" };
  const isOver = !isWorse(lost + left, won) || (spent.open === 0 && spent.begun >= TRIES * plan.tasks);
  return { ...reading, verdict: isOver ? "not_worse" : "running" };
}

/** Whether so many of the pairs that differ were lost that chance alone does it with at most `WRONG`. */
function isWorse(lost: number, won: number): boolean {
  const n = lost + won;
  return n > 0 && signTail(lost, n) <= WRONG;
}
