import { describe, expect, it } from "vitest";
import { judge } from "../../../eval/metric.ts";

describe("a metric", () => {
  it("meets its bar or misses it", () => {
    const atLeast = { must: "at least", limit: 0.95 } as const;
    expect(judge("x", { metric: "f1", value: 0.95, n: 4, bar: atLeast })).toMatchObject({ eval: "x", met: true });
    expect(judge("x", { metric: "f1", value: 0.949, n: 4, bar: atLeast }).met).toBe(false);
    const atMost = { must: "at most", limit: 10 } as const;
    expect(judge("x", { metric: "alarms", value: 10, n: 4, bar: atMost }).met).toBe(true);
    expect(judge("x", { metric: "alarms", value: 11, n: 4, bar: atMost }).met).toBe(false);
  });

  it("misses its bar when nothing was measured, and meets nothing without one", () => {
    expect(judge("x", { metric: "f1", value: null, n: 0, bar: { must: "at most", limit: 1 } }).met).toBe(false);
    expect(judge("x", { metric: "f1", value: 1, n: 0 })).not.toHaveProperty("met");
  });
});
