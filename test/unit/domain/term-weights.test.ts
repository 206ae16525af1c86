import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Terms, termNames, usualWeights } from "../../../src/domain/score-terms.ts";
import {
  adaptedWeights,
  evidenceOf,
  explainWeights,
  type Foretold,
  foretold,
  haveMoved,
  noForetelling,
  OUTCOMES_NEEDED,
} from "../../../src/domain/term-weights.ts";

const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }));
const terms: fc.Arbitrary<Terms> = fc.record({ tsr: share, cr: share, uptime: share, learning: share });
const outcomes = fc.array(fc.tuple(terms, fc.boolean()), { maxLength: 400 });
const recordOf = (list: readonly (readonly [Terms, boolean])[]): Foretold =>
  list.reduce((record, [known, succeeded]) => foretold(record, known, succeeded), noForetelling);
const many = (known: Terms, ends: (n: number) => boolean, count = 200) =>
  recordOf(Array.from({ length: count }, (_, n) => [known, ends(n)] as const));

describe("weights that follow what foretells best", () => {
  it("sum to one, and each stays within half and twice its usual weight, whatever happens", () => {
    fc.assert(
      fc.property(outcomes, (list) => {
        const weights = adaptedWeights(recordOf(list));
        expect(termNames.reduce((sum, name) => sum + weights[name], 0)).toBeCloseTo(1, 12);
        for (const name of termNames) {
          expect(weights[name]).toBeGreaterThanOrEqual(usualWeights[name] / 2 - 1e-12);
          expect(weights[name]).toBeLessThanOrEqual(usualWeights[name] * 2 + 1e-12);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are the usual ones while there is no data, or enough of one term only", () => {
    expect(adaptedWeights(noForetelling)).toEqual(usualWeights);
    const lone = { tsr: 0.1, cr: null, uptime: null, learning: null };
    expect(adaptedWeights(many(lone, () => true))).toEqual(usualWeights);
    const few = { tsr: 0.1, cr: 0.9, uptime: 0.9, learning: 0.9 };
    expect(adaptedWeights(many(few, () => true, OUTCOMES_NEEDED - 1))).toEqual(usualWeights);
    expect(adaptedWeights(many(few, () => true, 2 * OUTCOMES_NEEDED))).not.toEqual(usualWeights);
  });

  it("stay while all foretell as well", () => {
    const alike = { tsr: 0.7, cr: 0.7, uptime: 0.7, learning: 0.7 };
    const weights = adaptedWeights(many(alike, (n) => n % 10 < 7));
    for (const name of termNames) expect(weights[name]).toBeCloseTo(usualWeights[name], 12);
  });

  it("neither praise nor blame a term that was not known", () => {
    fc.assert(
      fc.property(outcomes, fc.boolean(), (list, succeeded) => {
        const before = recordOf(list);
        const unknown = { tsr: null, cr: null, uptime: null, learning: null };
        expect(foretold(before, unknown, succeeded)).toEqual(before);
      }),
      { numRuns: 20 },
    );
  });

  it("move towards the term that came nearer to how tasks ended, and say so with what each missed", () => {
    const record = many({ tsr: 0.9, cr: 0.1, uptime: 0.5, learning: null }, () => true);
    const weights = adaptedWeights(record);
    expect(weights.tsr).toBeGreaterThan(usualWeights.tsr);
    expect(weights.cr).toBeLessThan(usualWeights.cr);
    expect(haveMoved(usualWeights, weights)).toBe(true);
    expect(haveMoved(weights, weights)).toBe(false);
    expect(explainWeights(weights, evidenceOf(record))).toEqual([
      expect.stringMatching(
        /^Weight of Task success rate: 0\.\d{3} in place of 0\.4, its value missed .* by 0\.010 \(/,
      ),
      expect.stringMatching(/^Weight of Correction rate: 0\.\d{3} in place of 0\.3, its value missed .* by 0\.810 \(/),
      expect.stringContaining("by 0.250"),
      expect.stringMatching(/^Weight of Learning: .*, as the others moved$/),
    ]);
    expect(explainWeights(usualWeights, [])).toEqual([]);
  });

  it("come back when the other one foretells better", () => {
    const known = { tsr: 0.9, cr: 0.1, uptime: 0.5, learning: 0.5 };
    const first = many(known, () => true);
    const turned = Array.from({ length: 400 }).reduce<Foretold>((record) => foretold(record, known, false), first);
    expect(adaptedWeights(turned).cr).toBeGreaterThan(usualWeights.cr);
  });
});
