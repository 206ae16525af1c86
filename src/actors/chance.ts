import type { AnyEvent } from "../events/envelope.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A number in [0, 1) that is chance as far as an event's id is, and the same whenever the event is heard again
 * (FNV-1a, public domain). What is spread by it is spread alike in every replay.
 */
export function chanceOf({ id }: Pick<AnyEvent, "id">): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), FNV_PRIME);
  // Ids that differ in their last letter only would else stay close: the bits are mixed once more.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
}
