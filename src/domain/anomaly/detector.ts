import { Bar, type SavedBar, SURPRISING } from "./bar.ts";
import { Cadence, type SavedCadence } from "./cadence.ts";
import { History } from "./history.ts";
import { LONGEST, Oddities, type Oddity, stillness } from "./oddity.ts";
import { Records, type SavedRecords } from "./record.ts";
import { Sorted } from "./sorted.ts";

/** Samples that are remembered. */
const MEMORY = 2_048;
/** Samples from which everything that is remembered of values can be made again: the oldest stretch begins before them. */
const HELD = MEMORY + LONGEST;
/** Before so many samples nothing is asked. */
const FIRST = 30;
/** Smallest scale of a bar: in parts of the usual range for shapes, in deviations for the others. */
const SHAPE_FLOOR = 0.02;
const FLOOR = 0.15;
/** Surprise that is as good as certain; keeps the sum finite. */
const CERTAIN = 50;
/** After an alert so many samples are quiet, and the series must have been calm for so many; or else so many must pass. */
const QUIET = 72;
const CALM = 16;
const PERSISTS = 288;
/** Series of people and machines go by days: before one has passed no value is a record. */
const DAY_MS = 86_400_000;
/** The square of anything larger is no number any more. */
const LARGEST = 1e150;

export interface Anomaly {
  readonly atMs: number;
  readonly value: number;
  readonly reason: Oddity | "record.high" | "record.low";
  /** How surprising it was; 5 is where habits end. Null for records, which are certain. */
  readonly surprise: number | null;
}

/** Where a detector stands, for another one to go on from. Infinities are null, as JSON has none. */
export interface SavedDetector {
  /** The newest values, oldest first. */
  readonly values: ArrayLike<number> & Iterable<number>;
  readonly cadence: SavedCadence;
  readonly bars: readonly (readonly [Oddity, SavedBar])[];
  readonly records: SavedRecords;
  readonly samples: number;
  readonly alertAt: number | null;
  readonly hotAt: number | null;
}

/**
 * Notices when a series leaves its habits, without a threshold: each question asked of a sample is judged by a bar that
 * the series itself sets, the surprises are added, and pacing turns the sum into alerts.
 *
 * Invariants:
 *  1. What is told of a sample depends on it and earlier ones only.
 *  2. Memory is bounded (about 250 kB); work for a sample is at most linear in what is remembered.
 *  3. A sample without a finite value or time changes nothing, as if it had not come.
 *  4. Fed the same samples it tells the same, whether or not it was saved and taken up again in between.
 */
export class AnomalyDetector {
  readonly #series = new History(HELD);
  readonly #sorted = new Sorted(MEMORY);
  readonly #cadence: Cadence;
  readonly #oddities = new Oddities(MEMORY);
  readonly #bars = new Map<Oddity, Bar>();
  readonly #records: Records;
  #samples = 0;
  #alertAt = Number.NEGATIVE_INFINITY;
  #hotAt = Number.NEGATIVE_INFINITY;

  constructor(saved?: SavedDetector) {
    this.#cadence = new Cadence(saved?.cadence);
    this.#records = new Records(saved?.records);
    if (saved === undefined) return;
    for (const value of saved.values) this.#take(value);
    for (const [oddity, bar] of saved.bars) this.#bars.set(oddity, new Bar(floorOf(oddity), bar));
    this.#samples = saved.samples;
    this.#alertAt = saved.alertAt ?? Number.NEGATIVE_INFINITY;
    this.#hotAt = saved.hotAt ?? Number.NEGATIVE_INFINITY;
  }

  saved(): SavedDetector {
    return {
      values: this.#series.newest(HELD),
      cadence: this.#cadence.saved(),
      bars: [...this.#bars].map(([oddity, bar]) => [oddity, bar.saved()]),
      records: this.#records.saved(),
      samples: this.#samples,
      alertAt: finite(this.#alertAt),
      hotAt: finite(this.#hotAt),
    };
  }

  update(atMs: number, value: number): Anomaly | undefined {
    if (!Number.isFinite(atMs) || !(Math.abs(value) <= LARGEST)) return undefined;
    const asked = this.#samples >= FIRST;
    const floor = asked ? stillness(this.#sorted) : 0;
    this.#remember(atMs, value);
    const record = this.#records.next(value, this.#cadence.spanMs >= DAY_MS);
    const { surprise, reason } = asked ? this.#surprise(value, floor) : { surprise: 0 };
    if (reason !== undefined && this.#isTold(surprise)) return { atMs, value, reason, surprise };
    return record === undefined ? undefined : { atMs, value, reason: `record.${record}`, surprise: null };
  }

  #remember(atMs: number, value: number): void {
    this.#cadence.next(atMs);
    this.#take(value);
    this.#samples++;
  }

  #take(value: number): void {
    this.#series.push(value);
    this.#sorted.push(value);
    this.#oddities.follow(this.#series);
  }

  /** All surprises together (a soft maximum), and the largest of them. */
  #surprise(value: number, floor: number): { readonly surprise: number; readonly reason?: Oddity } {
    let sum = 0;
    let most = Number.NEGATIVE_INFINITY;
    let reason: Oddity | undefined;
    const about = { series: this.#series, sorted: this.#sorted, floor, sinceHole: this.#cadence.sinceHole };
    for (const [oddity, amount] of this.#oddities.of(value, about)) {
      const surprise = this.#barOf(oddity).next(amount);
      if (surprise === undefined) continue;
      sum += Math.exp(Math.min(surprise, CERTAIN));
      if (surprise <= most) continue;
      most = surprise;
      reason = oddity;
    }
    return reason === undefined ? { surprise: 0 } : { surprise: Math.log(sum), reason };
  }

  /** A bar begins with the first answer to its question, so that it never learns from stretches that were too short. */
  #barOf(oddity: Oddity): Bar {
    const known = this.#bars.get(oddity);
    if (known !== undefined) return known;
    const bar = new Bar(floorOf(oddity));
    this.#bars.set(oddity, bar);
    return bar;
  }

  #isTold(surprise: number): boolean {
    if (surprise <= SURPRISING) return false;
    const since = this.#samples - this.#alertAt;
    const told = (since >= QUIET && this.#samples - this.#hotAt >= CALM) || since >= PERSISTS;
    this.#hotAt = this.#samples;
    if (told) this.#alertAt = this.#samples;
    return told;
  }
}

function floorOf(oddity: Oddity): number {
  return oddity.startsWith("shape") ? SHAPE_FLOOR : FLOOR;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
