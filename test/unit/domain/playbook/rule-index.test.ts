import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rule } from "../../../../src/domain/playbook/rules.ts";
import { eventData, setOf, tree } from "./any-rules.ts";
import { facts } from "./sample.ts";

const idsOf = (rules: readonly Rule[]) => rules.map(({ playbook: { id } }) => id);

describe("the index of rules", () => {
  it("leaves out no rule that matches, and keeps their order, whatever they ask for", () => {
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1, maxLength: 12 }), fc.array(eventData), (conditions, happened) => {
        const { rules, candidates } = setOf(conditions, (index) => (index % 3 === 0 ? "build.*" : "build.broken"));
        for (const data of happened) {
          const seen = facts(data, {}, "build.broken");
          const matching = (among: readonly Rule[]) => idsOf(among.filter((rule) => rule.matches(seen)));
          expect(matching(candidates(seen.event))).toEqual(matching(rules));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("finds the one of a thousand that asks for the event's value, by what the fewest ask for", () => {
    const conditions = Array.from({ length: 1_000 }, (_, index) => ({
      all: [
        { path: "event.data.level", in: [1, 2] },
        { path: "event.data.code", eq: `E${index}` },
      ],
    }));
    const { candidates } = setOf(conditions, () => "build.broken");
    const found = (data: object) => candidates({ type: "build.broken", data }).length;
    expect(found({ level: 1, code: "E500" })).toBe(1);
    expect(found({ level: 1, code: "none" })).toBe(0);
    expect(found({ level: 1 })).toBe(0);
  });
});
