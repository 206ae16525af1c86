import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packed, unpacked } from "../../../src/kernel/packed.ts";

const leaf = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.double({ noNaN: false }), fc.integer());
const name = fc.oneof(fc.string(), fc.constantFrom("$map", "$set", "$number", "$plain", "__proto__"));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaf,
    fc.array(tie("value")),
    fc.dictionary(name, tie("value"), { noNullPrototype: true }),
    fc.array(fc.tuple(leaf, tie("value"))).map((entries) => new Map(entries)),
    fc.array(leaf).map((members) => new Set(members)),
  ),
}));

describe("what is packed", () => {
  it("comes back equal through JSON text, whatever it holds", () => {
    fc.assert(
      fc.property(value, (held) => {
        // JSON knows one zero.
        const back = unpacked(JSON.parse(JSON.stringify(packed(held))));
        expect(packed(back)).toEqual(JSON.parse(JSON.stringify(packed(held))));
        expect(unpacked(packed(back))).toEqual(back);
      }),
    );
  });

  it("keeps maps, sets and numbers that JSON cannot say, and leaves out what is undefined", () => {
    const held = {
      a: new Map([[{ k: 1 }, new Set([1, "x"])]]),
      b: [Number.NEGATIVE_INFINITY, Number.NaN],
      c: undefined,
    };
    expect(unpacked(JSON.parse(JSON.stringify(packed(held))))).toEqual({ a: held.a, b: held.b });
    expect(packed(held)).not.toHaveProperty("c");
  });

  it("does not take a user's object for a tag", () => {
    for (const held of [{ $map: [1] }, { $set: "x" }, { $number: "7" }, { $plain: {} }, { $plain: { $plain: 1 } }])
      expect(unpacked(JSON.parse(JSON.stringify(packed(held))))).toEqual(held);
  });

  it("shares nothing with what it was made from", () => {
    const inner = { n: 1 };
    const copy = packed({ inner, list: [inner], map: new Map([["k", inner]]) });
    inner.n = 2;
    expect(JSON.stringify(copy)).not.toContain("2");
  });
});
