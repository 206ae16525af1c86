/** What a segment is: a constant, or a straight line. */
export type SegmentKind = "constant" | "line";

/** Values that a segment has at least. */
export const SHORTEST_SEGMENT = 5;

/** The best way to cut a series into each number of segments. */
export interface Segmentations {
  /** Sum of squares left over by the best cut with so many changes; infinite where there is none. */
  readonly left: readonly number[];
  /** Where the segments of the best cut with so many changes begin, but for the first. */
  cuts(changes: number): readonly number[];
}

/**
 * Segment neighbourhood search: exact dynamic programming over all cuts (Auger and Lawrence, Bulletin of Mathematical
 * Biology 51, 1989). Time is `most` × n² ÷ 2.
 */
export function segmentations(values: readonly number[], kind: SegmentKind, most: number): Segmentations {
  const n = values.length;
  const cost = costOf(values, kind);
  const none = () => new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const whole = none();
  for (let end = SHORTEST_SEGMENT; end <= n; end++) whole[end] = cost(0, end);
  const best = [whole];
  const last: Int32Array[] = [new Int32Array(n + 1)];

  for (let changes = 1; changes <= most; changes++) {
    const before = best[changes - 1] ?? none();
    const here = none();
    const from = new Int32Array(n + 1);
    for (let end = SHORTEST_SEGMENT * (changes + 1); end <= n; end++) {
      let least = Number.POSITIVE_INFINITY;
      for (let cut = SHORTEST_SEGMENT * changes; cut <= end - SHORTEST_SEGMENT; cut++) {
        const total = (before[cut] ?? 0) + cost(cut, end);
        if (total >= least) continue;
        least = total;
        from[end] = cut;
      }
      here[end] = least;
    }
    best.push(here);
    last.push(from);
  }
  return {
    left: best.map((row) => row[n] ?? Number.POSITIVE_INFINITY),
    cuts(changes) {
      const cuts: number[] = [];
      for (let k = changes, end = n; k > 0; k--) {
        end = last[k]?.[end] ?? 0;
        cuts.unshift(end);
      }
      return cuts;
    },
  };
}

/** Sum of squares that a segment from `from` to before `to` leaves over, in constant time from running sums. */
function costOf(values: readonly number[], kind: SegmentKind): (from: number, to: number) => number {
  const n = values.length;
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  const moments = new Float64Array(n + 1);
  values.forEach((value, at) => {
    sums[at + 1] = (sums[at] ?? 0) + value;
    squares[at + 1] = (squares[at] ?? 0) + value * value;
    moments[at + 1] = (moments[at] ?? 0) + at * value;
  });
  const between = (array: Float64Array, from: number, to: number) => (array[to] ?? 0) - (array[from] ?? 0);
  return (from, to) => {
    const length = to - from;
    const sum = between(sums, from, to);
    const around = between(squares, from, to) - (sum * sum) / length;
    if (kind === "constant") return Math.max(around, 0);
    const together = between(moments, from, to) - ((from + to - 1) / 2) * sum;
    return Math.max(around - (12 * together * together) / (length * (length * length - 1)), 0);
  };
}
