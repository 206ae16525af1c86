import { AiosError } from "../../kernel/errors.ts";
import type { MemoryBackend } from "../backend.ts";
import { idOf, linkId } from "../item.ts";
import { batches } from "./sum.ts";

/**
 * Makes the target hold what the source holds. What an earlier try left there is taken over or replaced; doing it again
 * changes nothing. Rejects with `memory.conflict` when the target holds items that the source does not: they are somebody's.
 */
export async function copyAll(source: MemoryBackend, target: MemoryBackend): Promise<void> {
  for await (const batch of batches(target.scan())) {
    const known = await source.getAll(batch.map(idOf));
    const foreign = batch.find((item) => !known.has(idOf(item)));
    if (foreign !== undefined)
      throw new AiosError(
        "memory.conflict",
        `the target holds ${idOf(foreign)}, which the memory of now does not: empty the target, or name another one`,
      );
  }
  for await (const batch of batches(source.scan())) await Promise.all(batch.map((item) => target.upsert(item)));
  for await (const batch of batches(source.scan())) await copyLinks(source, target, batch.map(idOf));
}

/** Brings some items up to date that changed while everything was copied. */
export async function copyAgain(source: MemoryBackend, target: MemoryBackend, ids: readonly string[]): Promise<void> {
  const known = await source.getAll(ids);
  await Promise.all(
    ids.map((id) => {
      const item = known.get(id);
      return item === undefined ? target.remove(id) : target.upsert(item);
    }),
  );
  await copyLinks(source, target, [...known.keys()]);
}

/** The links at some items: drawn where they are missing, and taken away where the source has none. */
async function copyLinks(source: MemoryBackend, target: MemoryBackend, ids: readonly string[]): Promise<void> {
  const [wanted, found] = await Promise.all([source.neighbours(ids), target.neighbours(ids)]);
  const keys = new Set(wanted.map(linkId));
  const gone = found.filter((link) => !keys.has(linkId(link)));
  for (const link of gone) await target.unlink(link.from, link.to, (other) => linkId(other) === linkId(link));
  await Promise.all(wanted.map((link) => target.link(link)));
}

/**
 * The vectors that the source has, of whichever embedder; answers how many the target took over. What is missing there is
 * made anew.
 */
export async function copyVectors(source: MemoryBackend, target: MemoryBackend): Promise<number> {
  if (source.vectors === undefined || target.vectors === undefined) return 0;
  let copied = 0;
  for (const by of (await source.vectors.census()).made.keys()) {
    for await (const batch of batches(source.scan())) {
      const vectors = await source.vectors.read(by, batch.map(idOf));
      const dimension = vectors[0]?.vector.length;
      if (dimension === undefined) continue;
      await target.vectors.keep({ by, dimension }, vectors);
      copied += vectors.length;
    }
  }
  return copied;
}
