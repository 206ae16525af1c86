import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Block,
  leadGuard,
  TRIAL,
  Trial,
  type TrialSettings,
  type TrialVerdict,
} from "../../../src/domain/trial.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

const block = (difference: number): Block => ({ control: difference < 0, candidate: difference > 0 });

/** Chance of each verdict by each block when a change does nothing, from all walks there are. */
function everyWalk(settings: TrialSettings, differs: number) {
  const rollback = new Array<number>(settings.blocks + 1).fill(0);
  const keep = new Array<number>(settings.blocks + 1).fill(0);
  const walk = (differences: readonly number[], chance: number) => {
    const trial = new Trial(settings);
    let verdict: TrialVerdict = "running";
    for (const each of differences) verdict = trial.add(block(each));
    const ended = verdict === "rollback" ? rollback : verdict === "keep" ? keep : undefined;
    if (ended !== undefined)
      for (let n = differences.length; n <= settings.blocks; n++) ended[n] = (ended[n] ?? 0) + chance;
    if (verdict !== "running") return;
    for (const [next, part] of [
      [-1, differs / 2],
      [0, 1 - differs],
      [1, differs / 2],
    ] as const)
      if (part > 0) walk([...differences, next], chance * part);
  };
  walk([], 1);
  return { rollback, keep };
}

/** The trial of one pair of success rates, block by block. */
function simulated(chance: SeededEntropy, control: number, candidate: number) {
  const trial = new Trial();
  while (trial.standing.verdict === "running")
    trial.add({ control: chance.random() < control, candidate: chance.random() < candidate });
  return trial.standing;
}

describe("a trial of a new version against the present one", () => {
  it.each([0.4, 1])(
    "never spends more error by any block than it has, summed over all walks (%d differ)",
    (differs) => {
      const settings = { blocks: 9, wrongWorse: 0.2, wrongBetter: 0.1 };
      const { rollback, keep } = everyWalk(settings, differs);
      for (let n = 1; n <= settings.blocks; n++) {
        expect(rollback[n]).toBeLessThanOrEqual(settings.wrongWorse * (n / settings.blocks) ** 3 + 1e-12);
        expect(keep[n]).toBeLessThanOrEqual(settings.wrongBetter * (n / settings.blocks) ** 3 + 1e-12);
      }
      expect(rollback.at(-1)).toBeGreaterThan(0);
      expect(keep.at(-1)).toBeGreaterThan(0);
    },
  );

  it.each([0.3, 0.5, 0.7, 0.9])("is wrong about equal versions in at most 5 of 100 trials (rate %d)", (rate) => {
    const chance = new SeededEntropy(Math.round(rate * 100));
    const verdicts = Array.from({ length: 1_000 }, () => simulated(chance, rate, rate).verdict);
    expect(verdicts.filter((verdict) => verdict !== "inconclusive").length).toBeLessThan(60);
  });

  it("is not wrong more often when the success rate of both drifts", () => {
    const chance = new SeededEntropy(7);
    let wrong = 0;
    for (let each = 0; each < 1_000; each++) {
      const trial = new Trial();
      for (let n = 0; trial.standing.verdict === "running"; n++) {
        const rate = 0.5 + 0.45 * Math.sin(n / 20);
        trial.add({ control: chance.random() < rate, candidate: chance.random() < rate });
      }
      if (trial.standing.verdict !== "inconclusive") wrong++;
    }
    expect(wrong).toBeLessThan(60);
  });

  it("rolls a change back that costs 20 points, and keeps one that gains 20", () => {
    const chance = new SeededEntropy(2);
    const worse = Array.from({ length: 300 }, () => simulated(chance, 0.7, 0.5));
    expect(worse.filter(({ verdict }) => verdict === "rollback").length).toBeGreaterThanOrEqual(294);
    expect(worse.map(({ blocks }) => blocks).sort((a, b) => a - b)[150]).toBeLessThanOrEqual(130);
    const better = Array.from({ length: 300 }, () => simulated(chance, 0.7, 0.9).verdict);
    expect(better.filter((verdict) => verdict === "keep").length).toBeGreaterThanOrEqual(290);
  });

  it("judges alike when the arms change places and both errors are the same", () => {
    const settings = { blocks: 60, wrongWorse: 0.05, wrongBetter: 0.05 };
    const mirror = { keep: "rollback", rollback: "keep", inconclusive: "inconclusive", running: "running" } as const;
    fc.assert(
      fc.property(
        fc.array(fc.record({ control: fc.boolean(), candidate: fc.boolean() }), { maxLength: 60 }),
        (blocks) => {
          const straight = new Trial(settings);
          const crossed = new Trial(settings);
          for (const { control, candidate } of blocks) {
            straight.add({ control, candidate });
            crossed.add({ control: candidate, candidate: control });
            expect(crossed.standing.verdict).toBe(mirror[straight.standing.verdict]);
            expect(crossed.standing.lead).toBe(0 - straight.standing.lead);
          }
        },
      ),
    );
  });

  it("says nothing of a stream that ended early, and inconclusive of one that ended even", () => {
    const trial = new Trial();
    expect(trial.standing).toMatchObject({ verdict: "running", blocks: 0, difference: null });
    for (let n = 0; n < TRIAL.blocks - 1; n++) expect(trial.add(block(n % 2 === 0 ? 1 : -1))).toBe("running");
    expect(trial.add(block(0))).toBe("inconclusive");
    expect(trial.standing.difference?.low).toBeLessThan(0);
    expect(trial.standing.difference?.high).toBeGreaterThan(0);
  });

  it("says nothing of versions that always do the same", () => {
    const trial = new Trial();
    for (let n = 0; n < TRIAL.blocks; n++) trial.add({ control: true, candidate: true });
    expect(trial.standing).toMatchObject({ verdict: "inconclusive", differing: 0, lead: 0 });
  });

  it("holds to its verdict whatever follows", () => {
    const trial = new Trial();
    while (trial.add(block(-1)) === "running");
    const ended = trial.standing;
    expect(ended.verdict).toBe("rollback");
    expect(ended.blocks).toBeLessThan(40);
    for (let n = 0; n < 300; n++) trial.add(block(1));
    expect(trial.standing).toEqual(ended);
  });

  it("believes a lead less when neighbouring blocks resemble each other", () => {
    const sideBySide = new Trial();
    const apart = new Trial();
    for (let n = 0; n < 90; n++) {
      sideBySide.add(block([1, 1, 1, 1, 0, 0, 0, 0, -1, -1, -1, 0, 0, 0, 0][n % 15] ?? 0));
      apart.add(block([1, 0, -1, 1, 0][n % 5] ?? 0));
    }
    expect(sideBySide.standing).toMatchObject({ blocks: 90, lead: 6 });
    expect(sideBySide.standing.guardedLead).toBeLessThan(3);
    expect(apart.standing.guardedLead).toBe(apart.standing.lead);
  });
});

describe("leadGuard", () => {
  const correlation = fc.double({ min: -1, max: 1, noNaN: true });

  it("takes from a lead, never adds to it, and takes more for more correlation", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 250 }), correlation, correlation, (blocks, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(leadGuard(blocks, more)).toBeLessThanOrEqual(leadGuard(blocks, less));
        expect(leadGuard(blocks, less)).toBeLessThanOrEqual(1);
        expect(leadGuard(blocks, more)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("leaves a lead alone that rests on few blocks, or on a correlation that chance makes too", () => {
    expect(leadGuard(29, 0.9)).toBe(1);
    expect(leadGuard(100, 0.1)).toBe(1);
    expect(leadGuard(100, 0.6)).toBeCloseTo(0.5, 6);
  });
});
