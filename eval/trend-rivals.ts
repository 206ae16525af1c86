const SIDE = 10;
const ERRORS = 3;

/** What one would write first: a change wherever two neighbouring windows have clearly different means. */
export function jumps(values: readonly number[]): readonly number[] {
  const found: number[] = [];
  for (let at = SIDE; at + SIDE <= values.length; at++) {
    const before = momentsOf(values.slice(at - SIDE, at));
    const after = momentsOf(values.slice(at, at + SIDE));
    const error = Math.sqrt((before.variance + after.variance) / SIDE);
    if (Math.abs(after.mean - before.mean) <= ERRORS * error) continue;
    found.push(at);
    at += SIDE;
  }
  return found;
}

function momentsOf(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1) };
}
