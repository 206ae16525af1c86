/**
 * A table by name that is never changed, of which a change copies a small part: with a thousand names, about four of them.
 * Plain arrays and objects, so that whatever holds one can be stored as it is. A table keeps the number of parts it began
 * with: an older one has sixty-four.
 */
export type Sharded<T> = readonly Readonly<Record<string, T>>[];

const SHARDS = 256;

export const empty: Sharded<never> = [];

export function lookUp<T>(table: Sharded<T>, name: string): T | undefined {
  const shard = table[shardOf(name, table.length)];
  // A name may be that of something every object has.
  return shard !== undefined && Object.hasOwn(shard, name) ? shard[name] : undefined;
}

export function withValue<T>(table: Sharded<T>, name: string, value: T): Sharded<T> {
  const changed = table.length === 0 ? Array.from({ length: SHARDS }, () => ({})) : [...table];
  const at = shardOf(name, changed.length);
  changed[at] = { ...changed[at], [name]: value };
  return changed;
}

/** FNV-1a: spreads names that differ in their last characters alone. */
function shardOf(name: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % shards;
}
