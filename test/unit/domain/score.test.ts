import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  explainScore,
  gradeOf,
  grades,
  isNews,
  LEAST_CASES,
  LEAST_MOVE,
  type ScoreFacts,
  scoreOf,
  standing,
  termsOf,
} from "../../../src/domain/score.ts";
import { alertChanges, alertRules } from "../../../src/domain/score-alerts.ts";
import { usualWeights } from "../../../src/domain/score-terms.ts";

const some = (good: number, n: number) => ({ good, n });
const facts = (more: Partial<ScoreFacts> = {}): ScoreFacts => ({
  tsr: some(9, 10),
  cr: some(4, 5),
  uptime: { readyMs: 3_600_000, spanMs: 3_600_000 },
  learning: some(3, 6),
  windowMs: 3_600_000,
  ...more,
});
const tallies = fc
  .integer({ min: 0, max: 30 })
  .chain((n) => fc.integer({ min: 0, max: n }).map((good) => ({ good, n })));
const anyFacts = fc
  .record({
    tsr: tallies,
    cr: tallies,
    learning: tallies,
    spanMs: fc.nat(1e7),
    ready: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(
    ({ spanMs, ready, ...rest }): ScoreFacts => ({
      ...rest,
      uptime: { readyMs: spanMs * ready, spanMs },
      windowMs: 3_600_000,
    }),
  );

describe("the score", () => {
  it("weighs the four terms .4, .3, .2 and .1", () => {
    expect(scoreOf(termsOf(facts()))).toBeCloseTo(0.4 * 0.9 + 0.3 * 0.8 + 0.2 * 1 + 0.1 * 0.5, 9);
  });

  it("does not know a term from four cases, and does from five", () => {
    expect(termsOf(facts({ tsr: some(4, 4), cr: some(4, 5) }))).toMatchObject({ tsr: null, cr: 0.8 });
  });

  it("does not know the uptime from four seconds, and does from five", () => {
    const begun = (spanMs: number) => facts({ uptime: { readyMs: spanMs - 100, spanMs } });
    expect(termsOf(begun(4_999)).uptime).toBeNull();
    expect(explainScore(begun(4_999), termsOf(begun(4_999)))).toContain(
      "Uptime: not enough data (4 of at least 5 seconds)",
    );
    expect(termsOf(begun(5_000)).uptime).toBe(0.98);
  });

  it("is not known while the task success rate is not, whatever else is", () => {
    expect(standing(facts({ tsr: some(0, 0) }), null)).toMatchObject({ score: null, grade: null });
    expect(explainScore(facts({ tsr: some(0, 0) }), termsOf(facts({ tsr: some(0, 0) }))).at(-1)).toContain("No score");
  });

  it("rescales the weights of the known terms and says so", () => {
    const known = facts({ cr: some(0, 0), learning: some(0, 4) });
    expect(scoreOf(termsOf(known))).toBeCloseTo((0.4 * 0.9 + 0.2 * 1) / 0.6, 9);
    expect(explainScore(known, termsOf(known))).toEqual([
      "Task success rate 90.0 %: 9 of 10 tasks that ended in the last 60 min succeeded",
      "Correction rate: not enough data (0 of at least 5 cases)",
      "Uptime 100.0 %: ready 60 min of 60 min",
      "Learning: not enough data (4 of at least 5 cases)",
      "Weights rescaled over what is known: Task success rate 0.67, Uptime 0.33",
    ]);
  });

  it("grades at .8, .6 and .4, the bounds included", () => {
    expect([0.8, 0.799999, 0.6, 0.59, 0.4, 0.39, 0].map(gradeOf)).toEqual([
      "excellent",
      "good",
      "good",
      "degraded",
      "degraded",
      "critical",
      "critical",
    ]);
    expect(gradeOf(null)).toBeNull();
  });

  it("lies between 0 and 1 and between its worst and best known term", () => {
    fc.assert(
      fc.property(anyFacts, (given) => {
        const terms = termsOf(given);
        const known = Object.values(terms).filter((value) => value !== null);
        const score = scoreOf(terms);
        expect(score === null).toBe(terms.tsr === null);
        expect(score ?? Math.min(0, ...known)).toBeGreaterThanOrEqual(score === null ? 0 : Math.min(...known) - 1e-8);
        expect(score ?? 0).toBeLessThanOrEqual(Math.max(0, ...known) + 1e-8);
        expect(score ?? 0).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is news when it moved by .005, or its grade or trend changed", () => {
    const at = (score: number | null, trend: "stable" | "degrading" | null = "stable") => ({
      ...standing(facts(), trend),
      score,
      grade: gradeOf(score),
    });
    expect(isNews(undefined, at(null))).toBe(true);
    expect(isNews(at(null), at(null))).toBe(false);
    expect(isNews(at(null), at(0.9))).toBe(true);
    expect(isNews(at(0.9), at(0.9049))).toBe(false);
    expect(isNews(at(0.9), at(0.895))).toBe(true);
    expect(isNews(at(0.8), at(0.799))).toBe(true);
    expect(isNews(at(0.9), at(0.9, "degrading"))).toBe(true);
  });
});

describe("the score's alerts", () => {
  const at = (score: number | null, tsr: number | null = 1, cr: number | null = 1) => ({
    ...standing(facts(), null),
    score,
    terms: { tsr, cr, uptime: 1, learning: null },
  });
  const told = (raised: string[], now: ReturnType<typeof at>) =>
    alertChanges(new Set(raised), now).map(({ kind, rule }) => `${kind} ${rule.alert}`);

  it("are raised below .4, .7 and .5, not at them", () => {
    expect(told([], at(0.4, 0.7, 0.5))).toEqual([]);
    expect(told([], at(0.399, 0.699, 0.499))).toEqual([
      "raised score_critical",
      "raised tsr_warning",
      "raised cr_investigate",
    ]);
  });

  it("are cleared .05 above their threshold", () => {
    const all = ["score_critical", "tsr_warning", "cr_investigate"];
    expect(told(all, at(0.449, 0.749, 0.549))).toEqual([]);
    expect(told(all, at(0.45, 0.75, 0.55))).toEqual(all.map((alert) => `cleared ${alert}`));
  });

  it("stay as they are while their value is not known", () => {
    expect(told([], at(null, null, null))).toEqual([]);
    expect(told(["score_critical", "tsr_warning"], at(null, null, null))).toEqual([]);
  });
});

describe("docs/design/score.md", () => {
  const doc = readFileSync(new URL("../../../docs/design/score.md", import.meta.url), "utf8");
  const rows = (heading: string) =>
    (doc.split(`## ${heading}`)[1]?.split("\n## ")[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
      .slice(1)
      .map((line) =>
        line
          .split("|")
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );

  it("says the weights, grades, alerts and limits that the code uses", () => {
    expect(rows("The four terms").map(([name, weight]) => [name, Number(weight)])).toEqual(
      Object.entries(usualWeights),
    );
    expect(rows("Grades").map(([grade, from]) => [grade, Number(from)])).toEqual([
      ...grades.map(({ grade, from }) => [grade, from]),
      ["critical", 0],
    ]);
    expect(rows("Alerts").map(([alert, of, below, clearAt]) => [alert, of, Number(below), Number(clearAt)])).toEqual(
      alertRules.map(({ alert, of, below, clearAt }) => [alert, of, below, clearAt]),
    );
    expect(doc).toContain(`fewer than ${LEAST_CASES} cases`);
    expect(doc).toContain(`at least ${LEAST_MOVE}`);
  });
});
