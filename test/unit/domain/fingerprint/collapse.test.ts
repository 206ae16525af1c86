import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keptIn, opened } from "../../../../src/domain/fingerprint/collapse.ts";

describe("a template with places opened", () => {
  it("has one star where several would stand side by side, and knows which one it is", () => {
    expect(opened(["copy", "alice", "*", "to", "bob"], [1])).toEqual({
      template: ["copy", "*", "to", "bob"],
      positions: [1],
    });
    expect(opened(["*", "to", "bob", "at", "carol"], [2, 4])).toEqual({
      template: ["*", "to", "*", "at", "*"],
      positions: [2, 4],
    });
    expect(opened(["copy", "alice", "bob"], [1, 2])).toEqual({ template: ["copy", "*"], positions: [1, 1] });
  });

  it("keeps every other word", () => {
    const words = fc.array(fc.constantFrom("a", "b", "*"), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(words, fc.nat(7), (list, at) => {
        const place = at % list.length;
        const { template, positions } = opened(list, [place]);
        expect(keptIn(template)).toBe(keptIn(list) - (list[place] === "*" ? 0 : 1));
        expect(positions.map((position) => template[position])).toEqual(["*"]);
        expect(template.join(" ")).not.toContain("* *");
      }),
    );
  });
});
