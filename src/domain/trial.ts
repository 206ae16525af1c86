/** Blocks of a trial, and how often it may be wrong about a change that does nothing, to either side. */
export const TRIAL = { blocks: 250, wrongWorse: 0.03, wrongBetter: 0.015 } as const;
/** Before so many blocks a correlation of neighbours is not told from chance. */
const GUARDED_FROM = 30;
const Z95 = 1.959964;

/** One task on the present version and one on the new; true where it succeeded in the end. */
export interface Block {
  readonly control: boolean;
  readonly candidate: boolean;
}

export type TrialVerdict = "running" | "keep" | "rollback" | "inconclusive";

export interface TrialStanding {
  readonly verdict: TrialVerdict;
  readonly blocks: number;
  /** Blocks whose two outcomes differ; only they say anything. */
  readonly differing: number;
  /** Blocks that the candidate won, less those that it lost. */
  readonly lead: number;
  /** What is left of the lead after the guard against correlated neighbours; this is what was judged. */
  readonly guardedLead: number;
  /** Leads from which this block ends the trial; infinite where no lead can. */
  readonly rollbackAt: number;
  readonly keepAt: number;
  /** Success rate of the candidate less that of the control, with its 95 % interval. Null before the first block. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number } | null;
}

export interface TrialSettings {
  readonly blocks: number;
  readonly wrongWorse: number;
  readonly wrongBetter: number;
}

/**
 * Whether a new version is better than the present one, looked at after every block. If the change does nothing, a
 * block whose outcomes differ falls either way with probability one half, whatever the success rate and however it
 * drifts; so the law of the lead is known exactly, and its tails are cut as they are spent.
 *
 * Invariants:
 *  1. While the change does nothing, the chance of a rollback by block n is at most wrongWorse·(n/N)³, of a keep at
 *     most wrongBetter·(n/N)³, for every n at once. The guard only takes from a lead.
 *  2. A verdict is final: later blocks change nothing.
 *  3. Fed the same blocks it stands where it stood.
 *
 * Sources: sign test of matched pairs (McNemar, Psychometrika 12, 1947); spending α over looks (Lan and DeMets,
 * Biometrika 70, 1983) by a power of time (Kim and DeMets, Biometrika 74, 1987), with the exact discrete law instead
 * of the normal one; interval of matched proportions (Agresti and Min, Statistics in Medicine 24, 2005).
 */
export class Trial {
  readonly #settings: TrialSettings;
  readonly #law: LeadLaw;
  readonly #differences = new Correlation();
  #lead = 0;
  #differing = 0;
  #guarded = 0;
  #rollbackAt = Number.NEGATIVE_INFINITY;
  #keepAt = Number.POSITIVE_INFINITY;
  #verdict: TrialVerdict = "running";

  constructor(settings: TrialSettings = TRIAL) {
    this.#settings = settings;
    this.#law = new LeadLaw(settings.blocks);
  }

  /** The next block, in the order in which the blocks began. */
  add({ control, candidate }: Block): TrialVerdict {
    if (this.#verdict !== "running") return this.#verdict;
    const difference = Number(candidate) - Number(control);
    this.#differences.add(difference);
    if (difference !== 0) {
      this.#lead += difference;
      this.#differing++;
      this.#law.step();
    }
    const { blocks, wrongWorse, wrongBetter } = this.#settings;
    const spent = (this.#differences.count / blocks) ** 3;
    this.#rollbackAt = this.#law.cutBelow(wrongWorse * spent);
    this.#keepAt = this.#law.cutAbove(wrongBetter * spent);
    this.#guarded = this.#lead * leadGuard(this.#differences.count, this.#differences.lag1);
    this.#verdict = this.#judge();
    return this.#verdict;
  }

  get standing(): TrialStanding {
    return {
      verdict: this.#verdict,
      blocks: this.#differences.count,
      differing: this.#differing,
      lead: this.#lead,
      guardedLead: this.#guarded,
      rollbackAt: this.#rollbackAt,
      keepAt: this.#keepAt,
      difference: this.#difference(),
    };
  }

  #judge(): TrialVerdict {
    if (this.#guarded <= this.#rollbackAt) return "rollback";
    if (this.#guarded >= this.#keepAt) return "keep";
    return this.#differences.count >= this.#settings.blocks ? "inconclusive" : "running";
  }

  /** Half a block is added to each of the four outcomes, which keeps the interval honest when few blocks differ. */
  #difference(): TrialStanding["difference"] {
    const n = this.#differences.count;
    if (n === 0) return null;
    const centre = this.#lead / (n + 2);
    const reach = (Z95 * Math.sqrt(this.#differing + 1 - this.#lead ** 2 / (n + 2))) / (n + 2);
    return { mean: this.#lead / n, low: Math.max(-1, centre - reach), high: Math.min(1, centre + reach) };
  }
}

/**
 * What a lead is worth when neighbouring blocks resemble each other: the share of independent blocks under AR(1)
 * (Bayley and Hammersley, Supplement to the JRSS 8, 1946). Never above one, and never more for more correlation.
 */
export function leadGuard(blocks: number, lag1: number): number {
  if (blocks < GUARDED_FROM || lag1 <= 1 / Math.sqrt(blocks)) return 1;
  return Math.sqrt((1 - lag1) / (1 + lag1));
}

/** The exact law of the lead of a change that does nothing, without the walks that have ended. */
class LeadLaw {
  readonly #middle: number;
  #chance: Float64Array;
  #next: Float64Array;
  #steps = 0;
  #spentBelow = 0;
  #spentAbove = 0;

  constructor(most: number) {
    this.#middle = most + 1;
    this.#chance = new Float64Array(2 * most + 3);
    this.#next = new Float64Array(2 * most + 3);
    this.#chance[this.#middle] = 1;
  }

  /** A differing block: half of every chance goes either way. */
  step(): void {
    this.#steps++;
    const from = this.#chance;
    const to = this.#next;
    for (let at = this.#middle - this.#steps; at <= this.#middle + this.#steps; at++)
      to[at] = 0.5 * ((from[at - 1] ?? 0) + (from[at + 1] ?? 0));
    this.#chance = to;
    this.#next = from;
  }

  /** Ends the lowest walks as far as `budget` reaches; gives the highest lead that ends now. */
  cutBelow(budget: number): number {
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = this.#middle - this.#steps; at < this.#middle; at++) {
      const chance = this.#chance[at] ?? 0;
      if (this.#spentBelow + chance > budget) break;
      if (chance === 0) continue;
      this.#spentBelow += chance;
      this.#chance[at] = 0;
      highest = at - this.#middle;
    }
    return highest;
  }

  /** The same from above; gives the lowest lead that ends now. */
  cutAbove(budget: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (let at = this.#middle + this.#steps; at > this.#middle; at--) {
      const chance = this.#chance[at] ?? 0;
      if (this.#spentAbove + chance > budget) break;
      if (chance === 0) continue;
      this.#spentAbove += chance;
      this.#chance[at] = 0;
      lowest = at - this.#middle;
    }
    return lowest;
  }
}

/** Correlation of neighbours, from running sums. */
class Correlation {
  count = 0;
  #sum = 0;
  #squares = 0;
  #products = 0;
  #first = 0;
  #last = 0;

  add(value: number): void {
    if (this.count === 0) this.#first = value;
    else this.#products += value * this.#last;
    this.count++;
    this.#sum += value;
    this.#squares += value * value;
    this.#last = value;
  }

  get lag1(): number {
    const mean = this.#sum / this.count;
    const spread = this.#squares - this.#sum * mean;
    if (!(spread > 0)) return 0;
    const ends = 2 * this.#sum - this.#first - this.#last;
    return (this.#products - mean * ends + (this.count - 1) * mean * mean) / spread;
  }
}
