import { queryObjects } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packed } from "../../../src/kernel/packed.ts";
import { isMap, PersistentMap } from "../../../src/kernel/persistent-map.ts";

const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
/** One change, of the newest version or, now and then, of an older one. */
const change = fc.record({
  of: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat() }),
  name,
  value: fc.option(fc.nat(), { nil: undefined }),
});

function entriesOf(version: ReadonlyMap<string, number>) {
  const told: [string, number][] = [];
  version.forEach((value, id) => {
    told.push([id, value]);
  });
  expect([...version]).toEqual(told);
  expect([...version.keys()]).toEqual(told.map(([id]) => id));
  expect([...version.values()]).toEqual(told.map(([, value]) => value));
  return told;
}

describe("a persistent map", () => {
  it("has every version, whatever was made of it, as copies of a map would be", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.nat())), fc.array(change, { maxLength: 300 }), (first, changes) => {
        const versions: ReadonlyMap<string, number>[] = [PersistentMap.of(new Map(first))];
        const copies = [new Map(first)];
        for (const { of, name: id, value } of changes) {
          const at = versions.length - 1 - (of % versions.length);
          const version = PersistentMap.of(versions[at] ?? new Map());
          const copy = new Map(copies[at]);
          versions.push(value === undefined ? version.without(id) : version.with(id, value));
          if (value === undefined) copy.delete(id);
          else copy.set(id, value);
          copies.push(copy);
          expect(versions.at(-1)?.get(id)).toBe(value);
        }
        // The older ones first, so that they are found from what came since.
        for (const [at, version] of versions.entries()) {
          expect(version.size).toBe(copies[at]?.size);
          expect(entriesOf(version)).toEqual([...(copies[at] ?? [])]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("goes on telling what it was walked for while the next versions are made", () => {
    let version = PersistentMap.of(new Map(["a", "b", "c"].map((id) => [id, id])));
    const walked: string[] = [];
    for (const [id] of version) {
      walked.push(id);
      version = version.without(id).with(`${id}${id}`, id);
    }
    expect(walked).toEqual(["a", "b", "c"]);
    expect([...version.keys()]).toEqual(["aa", "bb", "cc"]);
  });

  it("is itself where nothing changes", () => {
    const version = PersistentMap.of(new Map([["a", 1]]));
    expect(PersistentMap.of(version)).toBe(version);
    expect(version.without("b")).toBe(version);
  });

  it("is written down as a map is", () => {
    const map = new Map([
      ["b", { at: 1 }],
      ["a", { at: 2 }],
    ]);
    expect(isMap(PersistentMap.of(map))).toBe(true);
    expect(packed({ map: PersistentMap.of(map) })).toEqual(packed({ map }));
  });

  it("lets go of what came and went, also where somebody keeps an old version", () => {
    const first = new Value();
    const kept = PersistentMap.of(new Map([["a", first]]));
    let newest = kept;
    for (let times = 0; times < 1_000; times++) newest = newest.with("a", new Value());
    // Counts what a full garbage collection leaves.
    expect(queryObjects(Value)).toBeLessThan(150);
    expect(newest.get("a")).not.toBe(first);
    expect(kept.get("a")).toBe(first);
  });
});

class Value {}
