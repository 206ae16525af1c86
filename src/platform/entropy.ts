import { randomBytes, randomFillSync, randomInt } from "node:crypto";
import type { Entropy } from "../kernel/entropy.ts";

const RANDOM_RANGE = 2 ** 48 - 1;
const COUNTER_LIMIT = 2 ** 12;
const POOL_BYTES = 4096;
const BYTES_PER_ID = 10;

/**
 * Unpredictable names and numbers from the operating system.
 *
 * Ids are UUIDs of version 7: 48 bits of milliseconds, a 12-bit counter, 62 random bits. Ids made by one instance
 * sort strictly in the order of their creation, also within a millisecond and when the wall clock is set back.
 *
 * @param now milliseconds since the epoch
 */
export function createEntropy(now: () => number = Date.now): Entropy {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;
  let lastMs = 0;
  let counter = 0;
  /** As it stands in an id, and for which it was written out. */
  let time = { text: "", ms: -1 };

  /** Where the next random bytes begin in the pool: looking at them in place costs a fraction of cutting them out. */
  const takeRandom = (): number => {
    if (used + BYTES_PER_ID > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += BYTES_PER_ID;
    return used - BYTES_PER_ID;
  };

  const id = (): string => {
    const from = takeRandom();
    const ms = Math.floor(now());
    if (ms > lastMs) {
      lastMs = ms;
      // The counter starts in its lower half, so that a full millisecond still has 2,048 successors.
      counter = pool.readUInt16BE(from + 8) & 0x7ff;
    } else if (++counter === COUNTER_LIMIT) {
      lastMs += 1;
      counter = 0;
    }
    if (time.ms !== lastMs) time = { text: timeText(lastMs), ms: lastMs };
    const random = pool.toString("hex", from, from + 8);
    const variant = ((pool.readUInt8(from) & 0x3) | 0x8).toString(16);
    return `${time.text}-7${counter.toString(16).padStart(3, "0")}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
  };

  return {
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    id,
    secret: (bytes) => randomBytes(bytes).toString("hex"),
  };
}

function timeText(ms: number): string {
  const digits = ms.toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}

export const systemEntropy: Entropy = createEntropy();
