/** How many restarts are borne within a time: one more, and restarting no longer helps. */
export interface Intensity {
  readonly restarts: number;
  readonly withinMs: number;
}

/** The restarts that still count at `atMs`, this one among them; a restart counts until exactly `withinMs` have passed. */
export function restartsAfter(before: readonly number[], atMs: number, { withinMs }: Intensity): readonly number[] {
  return [...before.filter((beganMs) => atMs - beganMs < withinMs), atMs];
}

export function isTooMany(counted: readonly number[], { restarts }: Intensity): boolean {
  return counted.length > restarts;
}
