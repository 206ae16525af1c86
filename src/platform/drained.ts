/** Resolves when every promise that can go on by itself has gone on: Node runs what waits for a tick only then. */
export function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
