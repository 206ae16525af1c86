import type { History } from "./history.ts";
import { Shape } from "./shape.ts";
import type { Sorted } from "./sorted.ts";

/** What may be odd about a sample; `shape.n` is a stretch of n samples unlike any before. */
export type Oddity = "spike.up" | "spike.down" | "level.up" | "level.down" | "rougher" | "smoother" | `shape.${number}`;

/** Samples that make a new level, and that make a new roughness. */
const LEVEL = 8;
const ROUGH = 32;
/** Samples before those, that they are compared with. */
const BEFORE = 256;
/** Values a stretch is compared by, and the samples between two of them. */
const STRETCHES = [
  [2, 1],
  [8, 1],
  [8, 4],
  [24, 8],
] as const;

/** Samples of the longest stretch, and those that its first value is a mean over. */
export const LONGEST = Math.max(...STRETCHES.map(([length, step]) => (length + 1) * step));

/** Spread below which a series is taken as still: a constant one would make everything infinitely odd. */
export function stillness(values: Sorted): number {
  const spread = values.quantile(0.9) - values.quantile(0.1);
  return Math.max(0.02 * spread, 0.001 * Math.abs(values.quantile(0.5)), 1e-9);
}

/** Asks of the newest sample what can be asked of one, each answer a number that is the larger the odder. */
export class Oddities {
  readonly #shapes: readonly { readonly name: Oddity; readonly shape: Shape }[];

  /** @param memory how far back similar stretches are looked for, in samples. */
  constructor(memory: number) {
    this.#shapes = STRETCHES.map(([length, step]) => ({
      name: `shape.${length * step}`,
      shape: new Shape(length, step, memory),
    }));
  }

  /** The series has grown by one sample. */
  follow(series: History): void {
    for (const { shape } of this.#shapes) shape.follow(series);
  }

  /**
   * @param floor `stillness` of the series before the newest sample
   * @param sinceHole samples since the last hole: nothing is asked of a stretch with a hole in it
   */
  *of(
    value: number,
    { series, sorted, floor, sinceHole }: { series: History; sorted: Sorted; floor: number; sinceHole: number },
  ): Iterable<readonly [Oddity, number]> {
    yield* bothWays("spike.up", "spike.down", shiftOf(value, series, 1, floor));
    if (sinceHole >= LEVEL && series.length > LEVEL)
      yield* bothWays("level.up", "level.down", shiftOf(series.moments(0, LEVEL).mean, series, LEVEL, floor));
    if (sinceHole >= ROUGH && series.length > 2 * ROUGH) {
      const now = series.roughness(0, ROUGH) + 0.1 * floor;
      yield* bothWays("rougher", "smoother", Math.log(now / (series.roughness(ROUGH, BEFORE) + 0.1 * floor)));
    }
    const scale = scaleOf(sorted);
    for (const { name, shape } of this.#shapes)
      if (shape.isReady && sinceHole >= shape.span) yield [name, shape.distance() / scale];
  }
}

/** How many deviations `now` lies from the samples before the newest `skip`. */
function shiftOf(now: number, series: History, skip: number, floor: number): number {
  const { mean, deviation } = series.moments(skip, BEFORE);
  return (now - mean) / Math.max(deviation, floor);
}

function* bothWays(up: Oddity, down: Oddity, value: number): Iterable<readonly [Oddity, number]> {
  yield [up, Math.max(value, 0)];
  yield [down, Math.max(-value, 0)];
}

/** What differences between stretches are measured in: the usual range, which a lone spike does not widen. */
function scaleOf(values: Sorted): number {
  return Math.max(values.quantile(0.95) - values.quantile(0.05), 0.02 * Math.abs(values.quantile(0.5)), 1e-9);
}
