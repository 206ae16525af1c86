import { describe, expect, it } from "vitest";
import { boundsFor } from "../../../../src/domain/fingerprint/group-bounds.ts";
import { FailureGroups } from "../../../../src/domain/fingerprint/groups.ts";

const idOf = (atom: string) => `id of ${atom}`;
const MOST = 200;
const rare = (n: number) => `it cannot do_${n} with the rest of thing_${n}`;

function flooded(frequent: readonly string[], distinct: number, again: (n: number) => readonly string[]) {
  const groups = new FailureGroups(idOf, boundsFor(MOST));
  for (const each of frequent) for (let n = 0; n < 40; n++) groups.see(each);
  let forgotten = 0;
  for (let n = 0; n < distinct; n++) {
    forgotten += groups.see(rare(n)).forgotten;
    for (const each of again(n)) forgotten += groups.see(each).forgotten;
  }
  return { groups, forgotten, held: new Set(groups.snapshot().atoms.map(([atom]) => atom)) };
}

describe("more wordings than are remembered", () => {
  it("cost those that are rare and old, never those that keep coming", () => {
    const frequent = ["the disk is full", "TypeError: * of undefined"];
    const { held, forgotten } = flooded(frequent, 5_000, (n) => (n % 60 === 0 ? frequent : []));
    expect(frequent.every((each) => held.has(each))).toBe(true);
    expect(held.size).toBeLessThanOrEqual(MOST);
    expect(held.has(rare(4_999))).toBe(true);
    expect(held.has(rare(0))).toBe(false);
    expect(forgotten).toBeGreaterThan(4_000);
  });

  it("let go at last of what was frequent long ago", () => {
    const frequent = ["the disk is full"];
    expect(flooded(frequent, 2 * MOST, () => []).held.has("the disk is full")).toBe(true);
    expect(flooded(frequent, 20 * MOST, () => []).held.has("the disk is full")).toBe(false);
  });

  it("are counted exactly when they go", () => {
    const { held, forgotten } = flooded([], 1_000, () => []);
    expect(forgotten + held.size).toBe(1_000);
  });

  it("are reduced at the next message where fewer are allowed than were written down", () => {
    const groups = new FailureGroups(idOf, boundsFor(MOST));
    for (let n = 0; n < MOST; n++) groups.see(rare(n));
    const smaller = FailureGroups.restore(idOf, groups.snapshot(), boundsFor(20));
    const { forgotten } = smaller.see("the disk is full");
    expect(forgotten).toBe(MOST + 1 - 15);
    expect(smaller.snapshot().atoms.map(([atom]) => atom)).toEqual([
      ...Array.from({ length: 14 }, (_, n) => rare(MOST - 14 + n)),
      "the disk is full",
    ]);
  });
});
