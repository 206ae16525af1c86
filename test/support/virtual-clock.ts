import { VirtualClock as Clock } from "../../src/simulation/virtual-clock.ts";

/** Longest real wait for file requests in flight; a read that never ends (a pipe) must not hang the test. */
const SETTLE_LIMIT_MS = 2_000;
/** Turns of the event loop without a file request before the world counts as still. */
const STILL_TURNS = 4;

/** The virtual clock of the product in a world with a real disk: file requests in flight settle before time passes. */
export class VirtualClock extends Clock {
  /** @param startMs wall-clock time to start at, in milliseconds since the epoch */
  constructor(startMs?: number) {
    super(startMs, settle);
  }
}

/** Resolves when promises are drained and no file request has been in flight for a few turns of the event loop. */
export async function settle(): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_LIMIT_MS;
  for (let still = 0; still < STILL_TURNS && performance.now() < giveUpAt; still++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (process.getActiveResourcesInfo().some(isFileRequest)) still = -1;
  }
}

/** Closing a file is a request of its own kind. */
function isFileRequest(resource: string): boolean {
  return resource.startsWith("FSReq") || resource === "CloseReq";
}
