import { describe, expect, it } from "vitest";
import { isTooMany, restartsAfter } from "../../../src/resilience/restarts.ts";

const intensity = { restarts: 2, withinMs: 1_000 };

describe("the intensity of restarts", () => {
  it("counts a restart until exactly its time has passed", () => {
    expect(restartsAfter([0], 999, intensity)).toEqual([0, 999]);
    expect(restartsAfter([0], 1_000, intensity)).toEqual([1_000]);
  });

  it("bears as many as it says, and one more no longer", () => {
    const two = restartsAfter(restartsAfter([], 0, intensity), 10, intensity);
    expect(isTooMany(two, intensity)).toBe(false);
    expect(isTooMany(restartsAfter(two, 20, intensity), intensity)).toBe(true);
    expect(isTooMany(restartsAfter(two, 1_005, intensity), intensity)).toBe(false);
  });
});
