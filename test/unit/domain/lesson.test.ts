import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decideLesson,
  draftLesson,
  isDraftDue,
  isTrusted,
  type LessonOutcome,
  type LessonStanding,
  lessonConfidence,
  provenTargets,
} from "../../../src/domain/lesson.ts";

const fixed = (target: string): LessonOutcome => ({ verdict: "fixed", target });
const not = (target: string): LessonOutcome => ({ verdict: "not_fixed", target });
const relapsed = (target: string): LessonOutcome => ({ verdict: "relapsed", target });
const taught = (...outcomes: LessonOutcome[]): LessonStanding =>
  outcomes.reduce((state, outcome) => decideLesson(state, outcome).state, draftLesson);

describe("a lesson", () => {
  it("begins when three distinct tasks failed alike, however often each tried", () => {
    expect(isDraftDue(["a", "a", "a", "b"])).toBe(false);
    expect(isDraftDue(["a", "b", "c"])).toBe(true);
  });

  it("is verified by its first verified fix", () => {
    const { state, change } = decideLesson(draftLesson, fixed("agent:a"));
    expect(state).toMatchObject({ level: "verified", fixes: 1, failures: 0 });
    expect(change).toMatchObject({ kind: "promoted", from: "draft", to: "verified" });
    expect(change?.why).toContain("1 fixed on 1 target,");
  });

  it("is hardened by its fifth, and counts the targets it held on", () => {
    const four = taught(...["a", "b", "c", "d"].map(fixed));
    expect(four.level).toBe("verified");
    const { state, change } = decideLesson(four, fixed("e"));
    expect(change).toMatchObject({ kind: "promoted", from: "verified", to: "hardened" });
    expect(provenTargets(state)).toBe(5);
    expect(lessonConfidence(state)).toBeCloseTo(6 / 7);
  });

  it("is not hardened by five fixes when too many runs failed", () => {
    const state = taught(not("a"), not("b"), ...["a", "b", "c", "d", "e"].map(fixed));
    expect(state).toMatchObject({ level: "verified", fixes: 5, failures: 2 });
    expect(lessonConfidence(state)).toBeLessThan(0.8);
  });

  it("is no longer hardened below a confidence of .8, and hardened again only on proof", () => {
    const hardened = taught(...["a", "b", "c", "d", "e"].map(fixed));
    const fallen = decideLesson(hardened, not("f"));
    expect(fallen.change).toMatchObject({ kind: "demoted", from: "hardened", to: "verified" });
    expect(decideLesson(fallen.state, fixed("g")).change).toBeUndefined();
    expect(decideLesson(decideLesson(fallen.state, fixed("g")).state, fixed("h")).state.level).toBe("hardened");
    const often = taught(...Array.from({ length: 20 }, (_, n) => fixed(String(n))));
    expect(decideLesson(often, not("f")).change).toBeUndefined();
  });

  it("is a draft again after two failures among its last five outcomes", () => {
    const proven = ["a", "b", "c"].map(fixed);
    expect(taught(...proven, not("d")).level).toBe("verified");
    const { change } = decideLesson(taught(...proven, not("d"), fixed("e")), not("f"));
    expect(change).toMatchObject({ kind: "demoted", from: "verified", to: "draft" });
    const apart = [not("d"), ...["e", "f", "g", "h"].map(fixed), not("i")];
    expect(taught(...proven, ...apart).level).toBe("verified");
  });

  it("gives back the credit of a fix that did not hold, and is a draft again when that was its only one", () => {
    const two = taught(fixed("a"), fixed("b"), relapsed("b"));
    expect(two).toMatchObject({ level: "verified", fixes: 1, failures: 1, targets: { a: 1 } });
    expect(decideLesson(two, relapsed("a")).change).toMatchObject({ from: "verified", to: "draft" });
    const one = taught(fixed("a"), relapsed("a"));
    expect(one).toMatchObject({ level: "draft", fixes: 0, failures: 1, targets: {} });
    expect(isTrusted(one)).toBe(false);
  });

  it("turns round the latest fix among its last outcomes, where a fix did not hold", () => {
    expect(taught(fixed("a"), fixed("b"), not("c"), relapsed("b")).recent).toEqual([true, false, false]);
    expect(taught(fixed("a"), relapsed("a")).recent).toEqual([false]);
    // The fix lies further back than is remembered: one failure more.
    const { recent } = taught(...["a", "b", "c", "d", "e"].map(not), relapsed("z"));
    expect(recent).toEqual([false, false, false, false, false]);
    expect(taught(relapsed("z")).recent).toEqual([false]);
  });

  it("counts by name the fixes of up to a hundred targets, and of those further ones only the fixes", () => {
    const many = taught(...Array.from({ length: 101 }, (_, n) => fixed(`t${n}`)));
    expect([provenTargets(many), many.fixes]).toEqual([100, 101]);
    expect(many.targets["t100"]).toBeUndefined();
    expect(decideLesson(many, fixed("t99")).state.targets["t99"]).toBe(2);
    const twice = taught(fixed("a"), fixed("a"), relapsed("a"));
    expect(twice.targets).toEqual({ a: 1 });
    expect(decideLesson(twice, relapsed("a")).state.targets).toEqual({});
    expect(decideLesson(twice, relapsed("never")).state).toMatchObject({ targets: { a: 1 }, fixes: 0 });
  });

  it("is retired below a confidence of .4, not at it", () => {
    const proven = Array.from({ length: 3 }, (_, n) => fixed(`t${n}`));
    const failed = (times: number) => Array.from({ length: times }, () => not("x"));
    const at = taught(...proven, ...failed(5));
    expect([lessonConfidence(at), at.level]).toEqual([0.4, "draft"]);
    expect(decideLesson(at, not("x")).state.level).toBe("retired");
  });

  it("stays hardened at a confidence of .8", () => {
    const proven = Array.from({ length: 7 }, (_, n) => fixed(`t${n}`));
    const once = taught(...proven, not("x"));
    expect([lessonConfidence(once), once.level]).toEqual([0.8, "hardened"]);
  });

  it("is retired once at least five outcomes have left it a confidence below .4, whatever its level was", () => {
    const state = taught(fixed("a"), not("b"), not("c"), not("d"), not("e"));
    expect(lessonConfidence(state)).toBeCloseTo(2 / 7);
    expect(state.level).toBe("retired");
    expect(decideLesson(state, fixed("a")).state.level).toBe("retired");
    expect(taught(fixed("a"), not("b"), not("c"), not("d")).level).toBe("draft");
  });

  it("never leaves draft without a fix, is never hardened without five and a mean of .8, and counts every outcome", () => {
    const outcome = fc.record({
      verdict: fc.constantFrom("fixed" as const, "not_fixed" as const),
      target: fc.constantFrom("a", "b", "__proto__", "c"),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 60 }), (outcomes) => {
        let state = draftLesson;
        for (const next of outcomes) {
          const { state: reached, change } = decideLesson(state, next);
          expect(change?.kind).not.toBe(next.verdict === "fixed" ? "demoted" : "promoted");
          const hardens = reached.level === "hardened" && state.level !== "hardened";
          expect(hardens && (reached.fixes < 5 || lessonConfidence(reached) < 0.8)).toBe(false);
          expect(reached.recent.length).toBeLessThanOrEqual(5);
          state = reached;
        }
        expect(state.fixes + state.failures).toBe(outcomes.length);
        expect(state.fixes === 0 && isTrusted(state)).toBe(false);
        expect(Object.values(state.targets).reduce((sum, held) => sum + held, 0)).toBe(state.fixes);
      }),
    );
  });
});
