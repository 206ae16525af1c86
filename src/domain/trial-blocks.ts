import type { Block } from "./trial.ts";

export type Arm = keyof Block;

/**
 * Outcomes of a trial's tasks, put back into the order of their blocks: a block counts once all earlier ones are
 * complete. Counted as they finish instead, slow failures would make the new version look better than it is.
 */
export class TrialBlocks {
  readonly #waiting = new Map<number, Partial<Record<Arm, boolean>>>();
  readonly #most: number;
  #next = 0;

  /** @param most blocks of the trial; outcomes of blocks outside `0..most - 1` are ignored, which bounds what waits. */
  constructor(most: number) {
    this.#most = most;
  }

  /** The final outcome of one task. The first one counts when it is told twice. Gives the blocks that count now, in order. */
  arrive(block: number, arm: Arm, succeeded: boolean): readonly Block[] {
    if (!Number.isInteger(block) || block < this.#next || block >= this.#most) return [];
    const outcomes = this.#waiting.get(block) ?? {};
    outcomes[arm] ??= succeeded;
    this.#waiting.set(block, outcomes);
    return this.#complete();
  }

  /** How many blocks have counted. */
  get counted(): number {
    return this.#next;
  }

  #complete(): readonly Block[] {
    const complete: Block[] = [];
    for (;;) {
      const { control, candidate } = this.#waiting.get(this.#next) ?? {};
      if (control === undefined || candidate === undefined) return complete;
      complete.push({ control, candidate });
      this.#waiting.delete(this.#next);
      this.#next++;
    }
  }
}

/** Which of a block's two tasks goes to the new version. Strict alternation would meet workloads that alternate too. */
export function firstArm(random: () => number): Arm {
  return random() < 0.5 ? "control" : "candidate";
}
