import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RecentKeys } from "../../../src/events/recent-keys.ts";
import { madeNow, Stored } from "../../../src/kernel/checkpointed.ts";

type Parts = Readonly<Record<"young" | "old", { readonly added: number; readonly parts: readonly unknown[] }>>;

/** As a checkpoint's file gives it back; says which parts are read. */
function stored(keys: RecentKeys, read: () => void): unknown {
  const { young, old } = madeNow(keys.snapshot()) as Parts;
  const apart = ({ added, parts }: Parts["young"]) => ({
    added,
    parts: parts.map(
      (part) =>
        new Stored(() => {
          read();
          return JSON.stringify(part);
        }),
    ),
  });
  return { young: apart(young), old: apart(old) };
}

const receipt = (sequence: number) => ({ id: `id-${sequence}`, sequence });

describe("the newest idempotency keys", () => {
  it("are answered after a checkpoint as before it, whichever are asked for and added when", () => {
    const asked = fc.array(fc.record({ key: fc.nat(90), step: fc.nat(90), add: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.nat(120), asked, (many, steps) => {
        const lived = new RecentKeys(100);
        for (let n = 0; n < many; n++) lived.add(`key-${n % 70}`, receipt(n));
        const taken = new RecentKeys(100);
        taken.restore(stored(lived, () => undefined));
        for (const [index, { key, step, add }] of steps.entries()) {
          expect(taken.get(`key-${key}`)).toEqual(lived.get(`key-${key}`));
          for (const keys of add ? [lived, taken] : []) keys.add(`key-${step}`, receipt(1_000 + index));
        }
        expect(madeNow(taken.snapshot())).toEqual(madeNow(lived.snapshot()));
        for (let n = 0; n < 91; n++) expect(taken.get(`key-${n}`)).toEqual(lived.get(`key-${n}`));
      }),
      { numRuns: 40 },
    );
  });

  it("are not read from a checkpoint before one is asked for, and then only where it may stand", () => {
    const lived = new RecentKeys(100_000);
    for (let n = 0; n < 10_000; n++) lived.add(`agent/a#${n}#0`, receipt(n));
    let read = 0;
    const taken = new RecentKeys(100_000);
    taken.restore(stored(lived, () => read++));
    taken.add("another", receipt(10_000));
    expect(read).toBe(0);
    expect(taken.get("agent/a#77#0")).toEqual(receipt(77));
    // Beside its own part the empty one of the older generation is never looked at: the key was found before.
    expect(read).toBe(1);
    expect(taken.get("agent/a#77#0")).toEqual(receipt(77));
    expect(read).toBe(1);
  });

  it("are taken up from a checkpoint of a version that wrote them in one list", () => {
    const keys = new RecentKeys(100);
    keys.restore({ young: [[["b", "id-2", 2]]], old: [[["a", "id-1", 1]]] });
    expect([keys.get("a"), keys.get("b"), keys.get("c")]).toEqual([receipt(1), receipt(2), undefined]);
  });
});
