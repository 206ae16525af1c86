import { describe, expect, it } from "vitest";
import type { ArmName } from "../../../../src/cli/prove/arms.ts";
import type { Ending, Outcome } from "../../../../src/cli/prove/compare.ts";
import { sayProved } from "../../../../src/cli/prove/report-text.ts";
import { streamOf } from "../../../../src/cli/prove/stream.ts";
import { HORIZON_MS, judge } from "../../../../src/cli/prove/verdict.ts";
import { unpainted } from "../../../../src/cli/terminal.ts";

const quick: Ending = { fixed: true, tookMs: 200, attempts: 1 };
const late: Ending = { fixed: true, tookMs: 900, attempts: 3 };
const never: Ending = { fixed: false, tookMs: 950, attempts: 3 };

/** What became of forty failures; each run's nth ending is given by its function. */
function outcomes(ends: Readonly<Record<ArmName, (n: number) => Ending>>): readonly Outcome[] {
  return streamOf(1, 4).compared.map((item, n) => ({
    item,
    ends: { off: ends.off(n), on: ends.on(n), shuffled: ends.shuffled(n) },
  }));
}

const someLuck = (n: number) => (n % 5 === 0 ? late : never);
const missing = (verdict: ReturnType<typeof judge>) =>
  verdict.findings.filter(({ holds }) => !holds).map(({ text }) => text);

describe("the verdict", () => {
  it("is a proof where memory lifts and shuffled lessons do not", () => {
    const verdict = judge(outcomes({ off: someLuck, on: () => quick, shuffled: someLuck }), 1, true);
    expect(verdict.proven).toBe(true);
    expect(verdict.runs.off).toMatchObject({ fixed: 8, n: 40, medianMs: 900 });
    expect(verdict.runs.off.meanMs).toBe(Math.round((8 * 900 + 32 * HORIZON_MS) / 40));
    expect(verdict.differences.map(({ rate }) => rate?.mean)).toEqual([0.8, 0, 0.8]);
    expect(verdict.differences[0]?.timeMs?.high).toBeLessThan(0);
  });

  it("is none where the memory changes nothing", () => {
    const verdict = judge(outcomes({ off: someLuck, on: someLuck, shuffled: someLuck }), 1, true);
    expect(verdict.proven).toBe(false);
    expect(missing(verdict)).toEqual([
      "with memory more is fixed than without",
      "with memory it is fixed sooner than without",
      "lessons of the failure itself help more than shuffled ones",
    ]);
    expect(sayProved({ ...verdict, seed: 1, lessons: 10, kindsOfFailure: 10, wallMs: 1 }, unpainted)).toContain(
      "NOT proven",
    );
  });

  it("is none where any lessons help, whatever they say", () => {
    const verdict = judge(outcomes({ off: someLuck, on: () => quick, shuffled: () => quick }), 1, true);
    expect(verdict.proven).toBe(false);
    expect(missing(verdict)).toContain("shuffled lessons do not help");
  });

  it("is none where the memory did not stay what it was", () => {
    expect(judge(outcomes({ off: someLuck, on: () => quick, shuffled: someLuck }), 1, false).proven).toBe(false);
  });

  it("is none from nothing", () => {
    const verdict = judge([], 1, true);
    expect(verdict.proven).toBe(false);
    expect(verdict.runs.on).toMatchObject({ n: 0, rate: null, medianMs: null, meanMs: null });
    expect(sayProved({ ...verdict, seed: 1, lessons: 0, kindsOfFailure: 10, wallMs: 1 }, unpainted)).toContain(
      "not enough data",
    );
  });

  it("leaves out jobs whose fault did not show, and says how many", () => {
    const shown = (n: number) => (n < 10 ? quick : someLuck(n));
    const verdict = judge(outcomes({ off: shown, on: () => quick, shuffled: shown }), 1, true);
    expect(verdict.leftOut).toBe(10);
    expect(verdict.runs.on.n).toBe(30);
  });
});
