import { describe, expect, it } from "vitest";
import { createEntropy } from "../../../src/platform/entropy.ts";

describe("system entropy", () => {
  it("makes ids that are UUIDs of version 7", () => {
    expect(createEntropy().id()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("sorts ids in the order of their creation, within one millisecond and beyond its 4,096 places", () => {
    const entropy = createEntropy(() => 1_700_000_000_000);
    const ids = Array.from({ length: 10_000 }, () => entropy.id());
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("keeps the order when the wall clock is set back", () => {
    let now = 1_700_000_000_000;
    const entropy = createEntropy(() => now);
    const before = entropy.id();
    now -= 3_600_000;
    expect(entropy.id() > before).toBe(true);
  });

  it("carries the time of creation in its first 48 bits", () => {
    const id = createEntropy(() => 1_700_000_000_123).id();
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(1_700_000_000_123);
  });

  it("draws numbers from [0, 1) and secrets of the length asked", () => {
    const entropy = createEntropy();
    for (let i = 0; i < 1_000; i++) {
      const drawn = entropy.random();
      expect(drawn >= 0 && drawn < 1).toBe(true);
    }
    expect(entropy.secret(32)).toMatch(/^[0-9a-f]{64}$/);
    expect(entropy.secret(32)).not.toBe(entropy.secret(32));
  });
});
