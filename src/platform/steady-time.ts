/** Where time comes from; tests hand in their own. */
export interface TimeSources {
  /** Milliseconds since the Unix epoch, as the machine's clock says; it may be set. */
  readonly wall: () => number;
  /** Milliseconds that have passed, from an arbitrary origin; it never goes back. */
  readonly elapsed: () => number;
}

export const machineTime: TimeSources = { wall: () => Date.now(), elapsed: () => performance.now() };

/**
 * Wall-clock time that never goes back. It follows the machine's clock forward, so that what a machine slept through has
 * passed; when that clock is set back it goes on by what really passes, ahead of it, until the process ends or the clock
 * has caught up. So nothing that was to happen in a minute happens in a day and a minute, and nothing happens twice.
 *
 * @returns milliseconds since the Unix epoch, whole
 */
export function steadyTime({ wall, elapsed }: TimeSources = machineTime): () => number {
  let origin = Number.NEGATIVE_INFINITY;
  return () => {
    const passed = elapsed();
    const said = wall();
    const own = passed + origin;
    if (said < own) return Math.floor(own);
    origin = said - passed;
    return said;
  };
}
