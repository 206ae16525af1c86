import { describe, expect, it } from "vitest";
import { Cadence } from "../../../../src/domain/anomaly/cadence.ts";

describe("the cadence of a series", () => {
  it("has a hole where samples are missing for six usual gaps", () => {
    const cadence = new Cadence();
    for (const at of [0, 10, 20, 30, 90]) cadence.next(at);
    expect(cadence.sinceHole).toBe(5);
    cadence.next(151);
    expect(cadence.sinceHole).toBe(1);
    cadence.next(161);
    expect(cadence.sinceHole).toBe(2);
    expect(cadence.spanMs).toBe(161);
  });

  it("learns a slower one", () => {
    const cadence = new Cadence();
    for (let n = 0; n < 10; n++) cadence.next(n);
    for (let n = 1; n <= 30; n++) cadence.next(100 * n);
    expect(cadence.sinceHole).toBeGreaterThan(10);
  });

  it("bears times that repeat or run backwards", () => {
    const cadence = new Cadence();
    for (const at of [0, 10, 10, 5, 15, 25]) cadence.next(at);
    expect(cadence.sinceHole).toBe(6);
  });
});
