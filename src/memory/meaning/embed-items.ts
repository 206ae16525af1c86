import type { MemoryBackend } from "../backend.ts";
import type { Embedder } from "../embedders/kind.ts";
import { idOf } from "../item.ts";
import { batches } from "../migration/sum.ts";
import { textOf } from "../ranking/item-text.ts";
import { digestOf, type VectorShelf } from "./vectors.ts";

/** An embedder that is open, with its fingerprint. */
export interface Opened {
  readonly embedder: Embedder;
  readonly by: string;
}

/** The items that have no vector of what they say now, a batch at a time. */
export async function* wantingItems(
  { by }: Opened,
  backend: MemoryBackend,
  shelf: VectorShelf,
): AsyncIterable<readonly string[]> {
  for await (const batch of batches(backend.scan())) {
    const made = await shelf.madeOf(by, batch.map(idOf));
    yield batch.filter((item) => made.get(idOf(item)) !== digestOf(item)).map(idOf);
  }
}

/** Gives those of the items a vector that want one; answers how many had none of this embedder. */
export async function embedItems(
  { embedder, by }: Opened,
  backend: MemoryBackend,
  shelf: VectorShelf,
  ids: readonly string[],
): Promise<number> {
  const items = [...(await backend.getAll(ids)).values()];
  const made = await shelf.madeOf(by, items.map(idOf));
  const wanting = items.filter((item) => made.get(idOf(item)) !== digestOf(item));
  if (wanting.length === 0) return 0;
  const vectors = await embedder.embed(wanting.map(textOf), "passage");
  const kept = wanting.flatMap((item, at) => {
    const vector = vectors[at];
    return vector === undefined ? [] : [{ id: idOf(item), of: digestOf(item), vector }];
  });
  await shelf.keep({ by, dimension: embedder.model.dimension }, kept);
  return kept.filter(({ id }) => !made.has(id)).length;
}
