import { canonical, type Hash } from "../../kernel/hash.ts";
import type { MemoryBackend } from "../backend.ts";
import { idOf, linkId, type StoredItem } from "../item.ts";
import type { MemorySum } from "./report.ts";

const BATCH = 500;
const NOTHING = 0n;

/** Reads everything once, a batch at a time. */
export async function sumOf(backend: MemoryBackend, hash: Hash): Promise<MemorySum> {
  let items = 0;
  let sum = NOTHING;
  const links = new Set<bigint>();
  for await (const batch of batches(backend.scan())) {
    items += batch.length;
    for (const item of batch) sum ^= digest(hash, ["item", item]);
    // Each link is met at both of its ends and counts once.
    for (const link of await backend.neighbours(batch.map(idOf))) links.add(digest(hash, ["link", linkId(link), link]));
  }
  for (const one of links) sum ^= one;
  return { items, links: links.size, checksum: sum.toString(16).padStart(64, "0") };
}

function digest(hash: Hash, value: unknown): bigint {
  return BigInt(`0x${hash.sha256(canonical(value))}`);
}

export async function* batches(items: AsyncIterable<StoredItem>): AsyncIterable<readonly StoredItem[]> {
  let batch: StoredItem[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
