import { describe, expect, it } from "vitest";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;
const take = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe("SeededEntropy", () => {
  it("repeats numbers, ids and secrets for the same seed", () => {
    const play = (entropy: SeededEntropy) => [entropy.random(), entropy.id(), entropy.secret(8), entropy.random()];
    expect(play(new SeededEntropy(7))).toEqual(play(new SeededEntropy(7)));
    expect(play(new SeededEntropy(7))).not.toEqual(play(new SeededEntropy(8)));
  });

  it("spreads its numbers evenly over [0, 1)", () => {
    const entropy = new SeededEntropy(42);
    const numbers = take(20_000, () => entropy.random());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const counts = take(10, () => 0);
    for (const number of numbers) counts[Math.floor(number * 10)] = (counts[Math.floor(number * 10)] ?? 0) + 1;
    for (const count of counts) expect(count).toBeGreaterThan(1_800);
    for (const count of counts) expect(count).toBeLessThan(2_200);
  });

  it("makes ids that are unique, shaped like a UUID and sorted by creation", () => {
    const entropy = new SeededEntropy(3);
    const ids = take(5_000, () => entropy.id());
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids) expect(id).toMatch(UUID_V7);
  });

  it("makes secrets of the number of bytes asked for", () => {
    expect(new SeededEntropy(1).secret(32)).toMatch(/^[0-9a-f]{64}$/);
  });
});
