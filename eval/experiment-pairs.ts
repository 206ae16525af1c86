import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";

/** Outcomes of both arms in the order of their blocks. */
export interface Pair {
  readonly control: readonly (0 | 1)[];
  readonly candidate: readonly (0 | 1)[];
}

/** Success rates of the control that are tried. */
export const bases = [0.3, 0.5, 0.7, 0.9] as const;
/** How much worse the candidate really is. */
export const truths = { equal: 0, "worse by 20": 0.2, "worse by 10": 0.1 } as const;
export type Truth = keyof typeof truths;

const BLOCKS = 250;
/** Trials of one base and one truth that are written to a file. */
const WRITTEN = 250;

/** Trials whose truth is known, at one success rate of the control: always the same ones. */
export function simulatedPairs(base: number, truth: Truth, trials: number): readonly Pair[] {
  const worse = truths[truth];
  const chance = new SeededEntropy(Math.round(base * 1_000 + worse * 100));
  const draw = (rate: number) => Array.from({ length: BLOCKS }, () => (chance.random() < rate ? 1 : 0));
  return Array.from({ length: trials }, () => ({ control: draw(base), candidate: draw(base - worse) }));
}

/** The first of the simulated trials of every base and truth, each named after them. */
export function writtenPairs(): readonly (Pair & { readonly pair: string })[] {
  return bases.flatMap((base) =>
    (Object.keys(truths) as Truth[]).flatMap((truth) =>
      simulatedPairs(base, truth, WRITTEN).map((each, n) => ({ pair: `base ${base}, ${truth}, ${n + 1}`, ...each })),
    ),
  );
}
