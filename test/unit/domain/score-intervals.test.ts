import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ScoreFacts, scoreOf, type Tally, termsOf } from "../../../src/domain/score.ts";
import { scoreIntervals } from "../../../src/domain/score-intervals.ts";
import { usualWeights } from "../../../src/domain/score-terms.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

const SIMULATIONS = 10_000;
const WINDOW_MS = 3_600_000;
const none: Tally = { good: 0, n: 0 };

function factsOf(more: Partial<ScoreFacts>): ScoreFacts {
  const uptime = { readyMs: WINDOW_MS, spanMs: WINDOW_MS };
  return { tsr: none, cr: none, learning: none, uptime, windowMs: WINDOW_MS, ...more };
}

/** So many cases of which each is good with this chance. */
function drawn(entropy: SeededEntropy, chance: number, n: number): Tally {
  let good = 0;
  for (let one = 0; one < n; one++) if (entropy.random() < chance) good++;
  return { good, n };
}

describe("the intervals of the score", () => {
  it.each([5, 20, 100])("hold the truth in 93 to 97 of 100 of ten thousand simulations with %i cases", (n) => {
    const entropy = new SeededEntropy(n);
    const held = { tsr: 0, score: 0 };
    for (let one = 0; one < SIMULATIONS; one++) {
      const [p, q, r] = [entropy.random(), entropy.random(), entropy.random()];
      const facts = factsOf({ tsr: drawn(entropy, p, n), cr: drawn(entropy, q, n), learning: drawn(entropy, r, n) });
      const { tsr, score } = scoreIntervals(facts);
      const truth = scoreOf({ tsr: p, cr: q, learning: r, uptime: 1 }) ?? 0;
      if (tsr !== null && tsr.low <= p && p <= tsr.high) held.tsr++;
      if (score !== null && score.low <= truth && truth <= score.high) held.score++;
    }
    for (const count of Object.values(held)) {
      expect(count / SIMULATIONS).toBeGreaterThanOrEqual(0.93);
      expect(count / SIMULATIONS).toBeLessThanOrEqual(0.97);
    }
  });

  it("hold what was measured, and are narrower the more was counted", () => {
    const tally = fc
      .integer({ min: 5, max: 200 })
      .chain((n) => fc.integer({ min: 0, max: n }).map((good) => ({ good, n })));
    fc.assert(
      fc.property(tally, tally, tally, (tsr, cr, learning) => {
        const facts = factsOf({ tsr, cr, learning });
        const { score } = scoreIntervals(facts);
        const value = scoreOf(termsOf(facts)) ?? 0;
        expect(score?.low).toBeLessThanOrEqual(value);
        expect(score?.high).toBeGreaterThanOrEqual(value);
        const twice = ({ good, n }: Tally) => ({ good: 2 * good, n: 2 * n });
        const more = scoreIntervals(factsOf({ tsr: twice(tsr), cr: twice(cr), learning: twice(learning) }));
        const width = (interval: typeof score) => (interval?.high ?? 1) - (interval?.low ?? 0);
        expect(width(more.score)).toBeLessThan(width(score));
      }),
    );
  });

  it("are not given where there is not enough data", () => {
    const few = scoreIntervals(factsOf({ tsr: { good: 4, n: 4 }, cr: { good: 5, n: 5 } }));
    expect(few).toMatchObject({ tsr: null, learning: null, score: null });
    expect(few.cr?.high).toBe(1);
  });

  it("are those of the only term where the weights leave no other", () => {
    const facts = factsOf({ tsr: { good: 12, n: 20 }, uptime: { readyMs: 0, spanMs: 0 } });
    const { tsr, score } = scoreIntervals(facts, usualWeights);
    expect(score?.low).toBeCloseTo(tsr?.low ?? 0, 9);
    expect(score?.high).toBeCloseTo(tsr?.high ?? 0, 9);
  });
});
