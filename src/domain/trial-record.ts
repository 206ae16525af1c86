import { type Block, TRIAL, Trial, type TrialStanding } from "./trial.ts";
import { type Arm, firstArm, TrialBlocks } from "./trial-blocks.ts";

/** The final outcome of one task of a trial. */
export interface Arrival {
  readonly block: number;
  readonly arm: Arm;
  readonly succeeded: boolean;
}

/** A place of a block that wants a task. */
export interface Slot {
  readonly block: number;
  readonly arm: Arm;
}

/** Which places were given out: blocks begun, the other half of the last one, and places whose task was cancelled. */
export interface Places {
  readonly begun: number;
  readonly half: Slot | undefined;
  readonly vacant: readonly Slot[];
}

export const noPlaces: Places = { begun: 0, half: undefined, vacant: [] };

/**
 * Blocks lost in a row after which a new version is taken for broken. A change that does nothing loses a block with a
 * chance of at most a quarter, so it loses so many in a row within a whole trial with a chance under 0.4 %.
 */
export const LOST_IN_A_ROW = 8;

export interface JudgedBlock extends Block {
  readonly standing: TrialStanding;
}

export interface TrialReading {
  readonly verdict: "running" | "keep" | "rollback" | "inconclusive";
  readonly reason: "better" | "worse" | "breaker" | "no_difference" | undefined;
  /** Blocks that counted, in order, each with where the trial stood after it. */
  readonly blocks: readonly JudgedBlock[];
}

/** Where a trial stands after these outcomes: a function of nothing else, so a restart changes nothing. */
export function readTrial(arrivals: readonly Arrival[], most: number = TRIAL.blocks): TrialReading {
  const order = new TrialBlocks(TRIAL.blocks);
  const trial = new Trial();
  const blocks: JudgedBlock[] = [];
  let lost = 0;
  for (const { block, arm, succeeded } of arrivals) {
    for (const complete of order.arrive(block, arm, succeeded)) {
      const verdict = trial.add(complete);
      blocks.push({ ...complete, standing: trial.standing });
      lost = complete.control && !complete.candidate ? lost + 1 : 0;
      if (verdict === "keep") return { verdict, reason: "better", blocks };
      if (verdict === "rollback") return { verdict, reason: "worse", blocks };
      if (lost >= LOST_IN_A_ROW) return { verdict: "rollback", reason: "breaker", blocks };
      if (verdict === "inconclusive" || blocks.length >= most)
        return { verdict: "inconclusive", reason: "no_difference", blocks };
    }
  }
  return { verdict: "running", reason: undefined, blocks };
}

/** The place that the next task takes; none once all blocks have begun. */
export function nextSlot({ begun, half, vacant }: Places, random: () => number): Slot | undefined {
  const [freed] = vacant;
  if (freed !== undefined) return freed;
  if (half !== undefined) return half;
  return begun < TRIAL.blocks ? { block: begun, arm: firstArm(random) } : undefined;
}

/** The places after one was given out. */
export function taken(places: Places, slot: Slot): Places {
  const { begun, half, vacant } = places;
  if (vacant.some((one) => isSame(one, slot))) return { ...places, vacant: vacant.filter((one) => !isSame(one, slot)) };
  if (half !== undefined && isSame(half, slot)) return { begun, half: undefined, vacant };
  if (slot.block < begun) return places;
  const left = { block: slot.block, arm: slot.arm === "control" ? "candidate" : "control" } as const;
  // A half that is still open when the next block begins is not lost.
  return { begun: slot.block + 1, half: left, vacant: half === undefined ? vacant : [...vacant, half] };
}

/** The task of a place ended without an outcome: another one takes it. */
export function vacated(places: Places, slot: Slot): Places {
  return { ...places, vacant: [...places.vacant, slot] };
}

function isSame(a: Slot, b: Slot): boolean {
  return a.block === b.block && a.arm === b.arm;
}
