import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BEFORE,
  type Outcome,
  readInterference,
  sayInterference,
  sinceTrouble,
} from "../../../src/domain/interference.ts";
import type { Arrival } from "../../../src/domain/trial-record.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

/** The present version's own tasks of a trial, in order. */
const own = (ends: readonly boolean[]): readonly Arrival[] =>
  ends.map((succeeded, block) => ({ block, arm: "control", succeeded }));

/** Whether so many tasks succeeded of which each fails with a chance. */
const tasks = (chance: SeededEntropy, n: number, fails: number) =>
  Array.from({ length: n }, () => chance.random() >= fails);

/** An agent from its first task to the third that fails: where a trial begins. */
function life(chance: SeededEntropy, fails: (n: number) => number, counts: (n: number) => boolean = () => true) {
  const outcomes: Outcome[] = [];
  const evidence: string[] = [];
  for (let n = 0; evidence.length < 3; n++) {
    const failed = chance.random() < fails(n) ? `t${n}` : undefined;
    outcomes.push({ began: n, failed });
    if (failed !== undefined && counts(n)) evidence.push(failed);
  }
  return sinceTrouble(outcomes.slice(-BEFORE.most), evidence);
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

describe("whether the present version itself began to fail more", () => {
  it.each([0.05, 0.1, 0.3, 0.5, 0.8])("is said wrongly of at most 3 of 100 trials (%d fail)", (rate) => {
    const chance = new SeededEntropy(Math.round(rate * 100));
    for (const n of [BEFORE.least, 30, 60, 100]) {
      const worse = Array.from({ length: 1_000 }, () =>
        readInterference(tasks(chance, n, rate), own(tasks(chance, 250, rate))),
      ).filter(({ verdict }) => verdict === "worse");
      // Three standard errors above.
      expect(worse.length / 1_000, `${n} before`).toBeLessThan(BEFORE.wrong + 0.016);
    }
  });

  it.each([0.05, 0.1, 0.2, 0.3])("is said less often, as a trial begins with a failure (%d fail)", (rate) => {
    const chance = new SeededEntropy(Math.round(rate * 1_000));
    const readings = Array.from({ length: 2_000 }, () =>
      readInterference(
        life(chance, () => rate),
        own(tasks(chance, 250, rate)),
      ),
    );
    expect(readings.filter(({ verdict }) => verdict === "worse").length / 2_000).toBeLessThan(0.02);
  });

  it("is found where it fails 30 points more", () => {
    const chance = new SeededEntropy(3);
    for (const [n, found, within] of [
      [40, 0.75, 30],
      [60, 0.9, 38],
      [100, 0.97, 50],
    ] as const) {
      const readings = Array.from({ length: 400 }, () =>
        readInterference(tasks(chance, n, 0.1), own(tasks(chance, 250, 0.4))),
      ).filter(({ verdict }) => verdict === "worse");
      expect(readings.length / 400, `${n} before`).toBeGreaterThan(found);
      expect(median(readings.map(({ since }) => since.tasks)), `${n} before`).toBeLessThanOrEqual(within);
    }
  });

  it("is found where it fails 60 points more though there were two dozen tasks before", () => {
    const chance = new SeededEntropy(4);
    const readings = Array.from({ length: 400 }, () =>
      readInterference(tasks(chance, 24, 0.125), own(tasks(chance, 250, 0.725))),
    ).filter(({ verdict }) => verdict === "worse");
    expect(readings.length / 400).toBeGreaterThan(0.93);
    expect(median(readings.map(({ since }) => since.tasks))).toBeLessThanOrEqual(16);
  });

  it("is a question with too few tasks before, whatever came since, and that is said", () => {
    const few = Array.from({ length: BEFORE.least - 1 }, () => true);
    const reading = readInterference(few, own(Array.from({ length: 250 }, () => false)));
    expect(reading).toMatchObject({ verdict: "too_few", isInDoubt: false, before: { failed: 0, tasks: 11 } });
    expect(sayInterference(reading)).toBe(
      "too few tasks before the trial to say whether the present version fails more since: 0 of 11 failed before, 250 of 250 since",
    );
  });

  it("is said with both counts, and holds whatever follows", () => {
    const before = Array.from({ length: 40 }, (_, n) => n % 10 > 0);
    const fails = Array.from({ length: 60 }, () => false);
    const reading = readInterference(before, own(fails));
    expect(reading.verdict).toBe("worse");
    expect(reading.since.tasks).toBeLessThan(20);
    expect(sayInterference(reading)).toBe(
      `the present version itself began to fail more while this was tried: 4 of 40 failed before, ${reading.since.failed} of ${reading.since.tasks} since`,
    );
    expect(readInterference(before, own([...fails, ...fails.map(() => true)]))).toEqual(reading);
  });

  it("is asked of its own tasks alone, in the order in which they were given out", () => {
    const before = Array.from({ length: 40 }, () => true);
    const others: Arrival[] = Array.from({ length: 40 }, (_, block) => ({ block, arm: "candidate", succeeded: false }));
    expect(readInterference(before, others)).toMatchObject({ verdict: "not_worse", since: { tasks: 0 } });
    // The first one hangs: what ends before it waits for it.
    const late = own(Array.from({ length: 40 }, () => false)).slice(1);
    expect(readInterference(before, late).since.tasks).toBe(0);
    const complete = [...late, { block: 0, arm: "control", succeeded: true } as const];
    expect(readInterference(before, complete).verdict).toBe("worse");
    const twice = [...own([true]), ...own([false])];
    expect(readInterference(before, twice).since).toEqual({ failed: 0, tasks: 1 });
  });

  it("is in doubt before it is found, and no longer once nothing can show it any more", () => {
    const before = Array.from({ length: 40 }, () => true);
    expect(readInterference(before, own([false])).isInDoubt).toBe(false);
    expect(readInterference(before, own([false, false, false]))).toMatchObject({
      verdict: "not_worse",
      isInDoubt: true,
    });
    const few = Array.from({ length: 60 }, (_, n) => n >= 4);
    expect(readInterference(before, own(few.slice(0, 20))).isInDoubt).toBe(true);
    expect(readInterference(before, own(few))).toMatchObject({ verdict: "not_worse", isInDoubt: false });
  });

  it("is a function of the tasks alone: read twice it says the same", () => {
    const ends = fc.array(fc.boolean(), { maxLength: 120 });
    fc.assert(
      fc.property(ends, ends, (before, since) => {
        const reading = readInterference(before, own(since));
        expect(readInterference([...before], own([...since]))).toEqual(reading);
        expect(reading.before.tasks).toBe(Math.min(before.length, BEFORE.most));
        expect(reading.since.tasks).toBeLessThanOrEqual(since.length);
      }),
    );
  });
});

describe("the tasks since the trouble began", () => {
  const named = (text: string): readonly Outcome[] =>
    Array.from(text, (end, began) => ({ began, failed: end === "." ? undefined : `${end}${began}` }));
  const ofThose = (outcomes: readonly Outcome[], kind: string) =>
    outcomes.flatMap(({ failed }) => (failed?.startsWith(kind) === true ? [failed] : []));
  const kept = (text: string) => sinceTrouble(named(text), ofThose(named(text), "x")).length;

  it("are all where its failures are spread, and those from where they crowd at the end", () => {
    expect(kept(".......x.......x.......x")).toBe(24);
    expect(kept("........................................x.xx")).toBe(4);
    expect(kept("...o...o...o...o...o...o...o...o...o....x.xx")).toBe(4);
    // One of the kind long before does not hide that it began at the end.
    expect(kept(`.x${".".repeat(70)}x..x`)).toBe(4);
  });

  it("begin with the first of its failures where there are too few to see how they are spread", () => {
    expect(kept("..........x....x")).toBe(6);
    expect(kept("...............x")).toBe(0);
    expect(sinceTrouble(named(".........."), ["gone", "gone too", "last"])).toEqual([]);
  });

  it("let a change be kept that helps an agent which did well until something broke for good", () => {
    const chance = new SeededEntropy(9);
    for (const good of [0, 10, 30, 100, 400]) {
      const stopped = Array.from({ length: 400 }, () =>
        readInterference(
          life(
            chance,
            (n) => (n < good ? 0.05 : 0.6),
            (n) => n >= good,
          ),
          own(tasks(chance, 250, 0.6)),
        ),
      ).filter(({ verdict }) => verdict === "worse");
      expect(stopped.length / 400, `${good} before it broke`).toBeLessThan(0.08);
    }
  });
});
