import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limitsSettings } from "../../../../src/domain/playbook/limits/settings.ts";
import { lowerBound, prefer } from "../../../../src/domain/playbook/prefer.ts";
import {
  evolveRecord,
  initialRecord,
  isBudgetSpent,
  recordOf,
  tallyOf,
} from "../../../../src/domain/playbook/record.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import { relapsed, settled } from "./run-events.ts";

const fold = (events: readonly AnyEvent[]) => events.reduce(evolveRecord, initialRecord);
const outcomes = (playbookId: string, fixed: number, failed: number, fingerprint?: string) =>
  [...Array<"fixed">(fixed).fill("fixed"), ...Array<"not_fixed">(failed).fill("not_fixed")].map((outcome, index) =>
    settled(
      {
        runId: `${playbookId}${index}`,
        atMs: index,
        playbookId,
        ...(fingerprint === undefined ? {} : { fingerprint }),
      },
      outcome,
    ),
  );
const low = (playbookId: string) => ({ playbookId, risk: "low" as const });
const order = (...args: Parameters<typeof prefer>) => prefer(...args).map(({ candidate }) => candidate.playbookId);

describe("record", () => {
  it("counts verified outcomes alone", () => {
    const record = fold([
      settled({ runId: "1", atMs: 0 }, "fixed"),
      settled({ runId: "2", atMs: 1 }, "not_fixed"),
      settled({ runId: "3", atMs: 2 }, "unverified"),
      settled({ runId: "4", atMs: 3 }, "refused"),
      settled({ runId: "5", atMs: 4 }, "fixed", true),
    ]);
    expect(recordOf(record, "p").overall).toEqual({ fixed: 1, failed: 1 });
    expect(recordOf(record, "p").byTargetKind.get("agent")).toEqual({ fixed: 1, failed: 1 });
  });

  it("takes the credit back when a fix relapses", () => {
    const like = { runId: "1", atMs: 0, fingerprint: "f" };
    const record = fold([settled(like, "fixed"), relapsed({ ...like, atMs: 5 })]);
    expect(tallyOf(record, "p", ["f"])).toEqual({ fixed: 0, failed: 1 });
    expect(recordOf(record, "p").latest).toEqual([{ runId: "1", fixed: false }]);
  });

  it("spends the error budget below 90 % of the last 20 outcomes, and not before there are 20", () => {
    const settings = limitsSettings.parse({});
    expect(isBudgetSpent(fold(outcomes("p", 17, 3)), "p", settings)).toBe(true);
    expect(isBudgetSpent(fold(outcomes("p", 18, 2)), "p", settings)).toBe(false);
    expect(isBudgetSpent(fold(outcomes("p", 0, 19)), "p", settings)).toBe(false);
    expect(isBudgetSpent(fold(outcomes("p", 17, 3)), "p", { ...settings, budgetShare: 0.8 })).toBe(false);
    expect(isBudgetSpent(fold(outcomes("p", 0, 19)), "p", { ...settings, budgetOutcomes: 19 })).toBe(true);
  });
});

describe("preference", () => {
  it("puts the better proven first, the unproven before what fails", () => {
    const record = fold([...outcomes("proven", 9, 1), ...outcomes("lucky", 1, 0), ...outcomes("bad", 0, 5)]);
    expect(order(["bad", "new", "lucky", "proven"].map(low), record)).toEqual(["proven", "lucky", "new", "bad"]);
  });

  it("judges by the fingerprint where there is a record of it", () => {
    const record = fold([...outcomes("a", 9, 0), ...outcomes("a", 0, 3, "f"), ...outcomes("b", 3, 0, "f")]);
    expect(order([low("a"), low("b")], record, ["f"])).toEqual(["b", "a"]);
    expect(order([low("b"), low("a")], record, ["other"])).toEqual(["a", "b"]);
  });

  it("breaks ties by risk, then by name", () => {
    expect(order([{ playbookId: "a", risk: "medium" }, low("c"), low("b")], initialRecord)).toEqual(["b", "c", "a"]);
  });

  it("has a bound that rises with each fix, falls with each failure and stays below the observed share", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (fixed, failed) => {
        const here = lowerBound({ fixed, failed });
        expect(lowerBound({ fixed: fixed + 1, failed })).toBeGreaterThan(here);
        expect(lowerBound({ fixed, failed: failed + 1 })).toBeLessThan(here);
        expect(here).toBeLessThanOrEqual((fixed + 1) / (fixed + failed + 2));
      }),
      { numRuns: 200 },
    );
  });

  it("knows the exact bound where it is known", () => {
    expect(lowerBound({ fixed: 0, failed: 0 })).toBeCloseTo(0.05, 6);
    expect(lowerBound({ fixed: 1, failed: 0 })).toBeCloseTo(Math.sqrt(0.05), 6);
    expect(lowerBound({ fixed: 0, failed: 1 })).toBeCloseTo(1 - Math.sqrt(0.95), 6);
  });
});
