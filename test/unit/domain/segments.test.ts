import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type SegmentKind, SHORTEST_SEGMENT, segmentations } from "../../../src/domain/segments.ts";

/** Sum of squares by the textbook, segment by segment. */
function leftOver(values: readonly number[], cuts: readonly number[], kind: SegmentKind): number {
  const bounds = [0, ...cuts, values.length];
  return bounds.slice(1).reduce((sum, end, segment) => {
    const part = values.slice(bounds[segment], end);
    const mean = part.reduce((a, b) => a + b, 0) / part.length;
    const middle = (part.length - 1) / 2;
    const together = part.reduce((a, value, at) => a + (at - middle) * (value - mean), 0);
    const alone = part.reduce((a, _, at) => a + (at - middle) ** 2, 0);
    const slope = kind === "line" ? together / alone : 0;
    return sum + part.reduce((a, value, at) => a + (value - mean - slope * (at - middle)) ** 2, 0);
  }, 0);
}

/** Every way to cut a series with so many changes. */
function everyCut(n: number, changes: number, from = 0): number[][] {
  if (changes === 0) return n - from >= SHORTEST_SEGMENT ? [[]] : [];
  const found: number[][] = [];
  for (let cut = from + SHORTEST_SEGMENT; cut <= n - SHORTEST_SEGMENT; cut++)
    for (const rest of everyCut(n, changes - 1, cut)) found.push([cut, ...rest]);
  return found;
}

describe("the best way to cut a series", () => {
  it.each(["constant", "line"] as const)("leaves as little over as any other cut (%s)", (kind) => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 15, maxLength: 24 });
    fc.assert(
      fc.property(values, (series) => {
        const most = Math.floor(series.length / SHORTEST_SEGMENT) - 1;
        const found = segmentations(series, kind, most);
        for (let changes = 0; changes <= most; changes++) {
          const least = Math.min(...everyCut(series.length, changes).map((cuts) => leftOver(series, cuts, kind)));
          expect(found.left[changes]).toBeCloseTo(least, 6);
          expect(leftOver(series, found.cuts(changes), kind)).toBeCloseTo(least, 6);
          expect(found.cuts(changes)).toHaveLength(changes);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("does not exist where segments would be too short", () => {
    expect(segmentations([1, 2, 3, 4], "constant", 0).left).toEqual([Number.POSITIVE_INFINITY]);
    expect(segmentations([1, 2, 3, 4, 5, 6, 7, 8, 9], "constant", 1).left[1]).toBe(Number.POSITIVE_INFINITY);
  });
});
