import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasRoom, readShadow } from "../../../src/domain/shadow.ts";

const plan = { tasks: 20, share: 1, untilMs: 1_000 };
const idle = { begun: 20, open: 0 };
const pair = (control: boolean, candidate: boolean) => ({ control, candidate });
const many = (n: number, control: boolean, candidate: boolean) =>
  Array.from({ length: n }, () => pair(control, candidate));

/** Chance of at least `lost` among `n` that differ, counted out. */
function tail(lost: number, n: number): number {
  let ways = 0;
  for (let bits = 0; bits < 2 ** n; bits++) if (bits.toString(2).replaceAll("0", "").length >= lost) ways++;
  return ways / 2 ** n;
}

describe("what a shadow shows", () => {
  it("is that a version which breaks everything is worse, before all copies were spent", () => {
    expect(readShadow(many(14, true, false), plan, { begun: 14, open: 0 }).verdict).toBe("running");
    expect(readShadow(many(15, true, false), plan, { begun: 15, open: 0 })).toMatchObject({
      verdict: "worse",
      lost: 15,
    });
  });

  it("is nothing against a version that fails where the present one does, or helps", () => {
    expect(readShadow(many(20, false, false), plan, idle).verdict).toBe("not_worse");
    expect(readShadow(many(20, false, true), plan, idle)).toMatchObject({ verdict: "not_worse", won: 20 });
  });

  it("says what the exact sign test says, whenever it is looked at", () => {
    const outcomes = fc.array(fc.constantFrom("lost", "won", "same"), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(outcomes, (said) => {
        const pairs = said.map((one) => (one === "same" ? pair(true, true) : pair(one === "lost", one === "won")));
        const lost = said.filter((one) => one === "lost").length;
        const n = said.filter((one) => one !== "same").length;
        const last = n > 0 && tail(lost, n) <= 0.03 ? "worse" : "not_worse";
        const looks = pairs.map((_, at) =>
          readShadow(pairs.slice(0, at + 1), { tasks: 12 }, { begun: at + 1, open: 0 }),
        );
        expect(looks.at(-1)?.verdict).toBe(last);
        for (const { verdict } of looks) expect(["running", last]).toContain(verdict);
      }),
      { numRuns: 60 },
    );
  });

  it("leaves it to the trial where copies bring nothing back, and begins no more of them than three times as many", () => {
    expect(readShadow([], plan, { begun: 60, open: 0 }).verdict).toBe("not_worse");
    expect(readShadow([], plan, { begun: 60, open: 1 }).verdict).toBe("running");
    expect(hasRoom(plan, { begun: 60, open: 0, pairs: 0, atMs: 0 })).toBe(false);
    expect(hasRoom(plan, { begun: 19, open: 1, pairs: 18, atMs: 999 })).toBe(true);
    expect(hasRoom(plan, { begun: 19, open: 1, pairs: 18, atMs: 1_000 })).toBe(false);
    expect(hasRoom(plan, { begun: 20, open: 2, pairs: 18, atMs: 0 })).toBe(false);
  });
});
