import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idOf, type StoredItem } from "../../../src/memory/item.ts";
import { knownScripts, understands } from "../../../src/memory/meaning/scripts.ts";
import { VectorIndex } from "../../../src/memory/meaning/vector-index.ts";
import {
  cosineOf,
  digestOf,
  fromBase64,
  type KeptVector,
  packed,
  toBase64,
} from "../../../src/memory/meaning/vectors.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { storedItem } from "../../support/stored-item.ts";

const chance = new SeededEntropy(7);
/** Directions around some centres, as texts of a few topics have them. */
const centres = Array.from({ length: 40 }, () => Array.from({ length: 64 }, () => chance.random() - 0.5));
const near = (topic: number) =>
  Float32Array.from(centres[topic % centres.length] ?? [], (value) => value + 0.6 * (chance.random() - 0.5));
const kept = (vector: Float32Array): KeptVector => ({ by: "m", of: "", numbers: packed(vector) });

describe("vectors in a byte a number", () => {
  it("keep their direction, and come back from text as they went in", () => {
    fc.assert(
      fc.property(
        fc.float32Array({ minLength: 1, maxLength: 80, noNaN: true, noDefaultInfinity: true, min: -8, max: 8 }),
        (vector) => {
          const numbers = packed(vector);
          expect(fromBase64(toBase64(numbers))).toEqual(numbers);
          const most = Math.max(...vector.map(Math.abs));
          numbers.forEach((value, at) => {
            expect(Math.abs((value * most) / 127 - (vector[at] ?? 0))).toBeLessThanOrEqual(most / 253);
          });
        },
      ),
    );
  });

  it("belong to what an item says, whatever else changes", () => {
    const one = storedItem("k", "disk full");
    expect(digestOf({ ...one, version: 2, updatedAtMs: 9 })).toBe(digestOf(one));
    expect(digestOf({ ...one, title: "t" })).not.toBe(digestOf(one));
    expect(digestOf({ ...one, content: "disk ful" })).not.toBe(digestOf(one));
  });
});

describe("the index of vectors", () => {
  const items = Array.from({ length: 6_000 }, (_, at) => storedItem(`k${at}`));
  const vectors = new Map(items.map((one, at) => [idOf(one), kept(near(at))]));
  const holding = (some: readonly StoredItem[]) => {
    const index = new VectorIndex();
    for (const one of some) index.put(one, vectors.get(idOf(one)) ?? kept(near(0)));
    return index;
  };
  const exact = (vector: Float32Array, of: readonly StoredItem[]) => {
    const index = holding(of);
    const nearness = index.nearnessTo(vector);
    const scored = of.map((one) => ({ one, cosine: nearness.cosineOf(one) ?? 0 }));
    return scored.sort((a, b) => b.cosine - a.cosine).map(({ one }) => one);
  };

  it("finds among thousands what comparing all of them would find", () => {
    const index = holding(items);
    let shared = 0;
    for (let topic = 0; topic < 20; topic += 1) {
      const asked = near(topic);
      const found = index.nearnessTo(asked).nearest(100, () => true);
      const wanted = new Set(exact(asked, items).slice(0, 100));
      shared += found.filter((one) => wanted.has(one)).length;
    }
    expect(shared / 2_000).toBeGreaterThan(0.97);
  });

  it("finds the same among thousands whatever was put in, replaced and dropped before", () => {
    const index = holding(items.slice(0, 5_000));
    for (const one of items.slice(0, 1_500)) index.drop(idOf(one));
    for (const one of items.slice(1_500, 1_600)) index.put(one, kept(near(9)));
    for (const one of items.slice(1_400)) index.put(one, vectors.get(idOf(one)) ?? kept(near(0)));
    const fresh = holding(items.slice(1_400));
    for (const topic of [1, 4, 9]) {
      const asked = near(topic);
      const found = index.nearnessTo(asked).nearest(100, () => true);
      expect(found).toEqual(fresh.nearnessTo(asked).nearest(100, () => true));
    }
  });

  it("finds what looking at every vector finds: of the 800 that share most signs, and their equals, the nearest", () => {
    const index = holding(items);
    const some: readonly ((one: StoredItem) => boolean)[] = [() => true, ({ key }) => key.endsWith("7"), () => false];
    for (const topic of [0, 3, 17])
      for (const fits of some) {
        const asked = near(topic);
        const found = index.nearnessTo(asked).nearest(100, fits);
        expect(found).toEqual(plainNearest(asked, items.filter(fits)));
      }
  });

  /** Without an index: every vector is read, and everything is sorted. */
  function plainNearest(asked: Float32Array, of: readonly StoredItem[]): readonly StoredItem[] {
    const compared = of.map((one) => {
      const numbers = vectors.get(idOf(one))?.numbers ?? new Int8Array();
      const signs = numbers.filter((value, at) => value > 0 === (asked[at] ?? 0) > 0).length;
      return { one, signs, cosine: cosineOf(numbers, asked) };
    });
    const bar = compared.map(({ signs }) => signs).sort((a, b) => b - a)[799] ?? 1;
    const likely = compared.filter(({ signs }) => signs >= bar).sort((a, b) => b.cosine - a.cosine);
    return likely.slice(0, 100).map(({ one }) => one);
  }

  it("gives only what fits, nearest first, and nothing without a vector", () => {
    const some = items.slice(0, 500);
    const index = holding(some);
    const asked = near(3);
    const even = (one: StoredItem) => Number(one.key.slice(1)) % 2 === 0;
    const found = index.nearnessTo(asked).nearest(10, even);
    expect(found).toEqual(exact(asked, some).filter(even).slice(0, 10));
    expect(index.nearnessTo(asked).cosineOf(storedItem("none"))).toBeUndefined();
  });

  it("follows what is added, replaced and removed", () => {
    const index = new VectorIndex();
    const [a, b, c] = [storedItem("a"), storedItem("b"), storedItem("c")];
    const [x, y, z] = [kept(near(1)), kept(near(2)), kept(near(3))];
    index.put(a, x);
    index.put(b, y);
    index.put(c, z);
    index.put(a, z);
    const fresh = new VectorIndex();
    fresh.put(b, y);
    fresh.put(c, z);
    fresh.put(a, z);
    const asked = near(2);
    for (const one of [a, b, c])
      expect(index.nearnessTo(asked).cosineOf(one)).toBe(fresh.nearnessTo(asked).cosineOf(one));
    index.drop("shared/a");
    index.drop("shared/b");
    index.drop("shared/nobody");
    expect(index.nearnessTo(asked).cosineOf(a)).toBeUndefined();
    expect(index.nearnessTo(asked).nearest(5, () => true)).toEqual([c]);
  });
});

describe("the gate of languages", () => {
  it("lets through what has fewer than three of ten letters of scripts that are not known", () => {
    expect(understands(["Latin"], "timeout of the proxy, 代理")).toBe(true);
    expect(understands(["Latin"], "代理超时怎么办")).toBe(false);
    expect(understands(["Latin"], "proxy 代理超时怎么办")).toBe(false);
    expect(understands(["Latin", "Han"], "proxy 代理超时怎么办")).toBe(true);
    expect(understands("any", "прокси")).toBe(true);
    expect(understands(["Latin"], "12:30 🙂")).toBe(true);
  });

  it("knows scripts by the names of Unicode alone", () => {
    expect(knownScripts.safeParse(["Latin", "Klingon"]).success).toBe(false);
  });
});
