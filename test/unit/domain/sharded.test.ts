import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { empty, lookUp, type Sharded, withValue } from "../../../src/domain/sharded.ts";

describe("Sharded", () => {
  it("answers as a map would, and changing it leaves what was there before as it was", () => {
    const entries = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.nat()), { maxLength: 300 });
    fc.assert(
      fc.property(entries, (changes) => {
        const known = new Map<string, number>();
        let table: Sharded<number> = empty;
        for (const [name, value] of changes) {
          const before = table;
          const was = lookUp(before, name);
          table = withValue(table, name, value);
          known.set(name, value);
          expect(lookUp(before, name)).toBe(was);
        }
        for (const [name, value] of known) expect(lookUp(table, name)).toBe(value);
      }),
    );
  });

  it("knows no name that was not put in, whatever objects have by themselves", () => {
    for (const table of [empty, withValue(empty, "a", 1)])
      for (const name of ["constructor", "toString", "__proto__"]) expect(lookUp(table, name)).toBeUndefined();
  });

  it("goes on with the number of parts it began with, as an older one that was stored did with sixty-four", () => {
    let table: Sharded<number> = Array.from({ length: 64 }, () => ({}));
    const names = Array.from({ length: 500 }, (_, n) => `agent-${n}`);
    for (const [n, name] of names.entries()) table = withValue(table, name, n);
    expect(table).toHaveLength(64);
    expect(names.map((name) => lookUp(table, name))).toEqual(names.map((_, n) => n));
  });

  it("is plain data: stored as JSON and read back it is the same", () => {
    const table = withValue(withValue(empty, "a", 1), "b", 2);
    expect(JSON.parse(JSON.stringify(table))).toEqual(table);
  });
});
