import { z } from "zod";
import { canSeeLink, canWrite, type Reader, refuseSelfPraise, writableSpace } from "./access.ts";
import type { MemoryBackend } from "./backend.ts";
import { checked } from "./checked.ts";
import { idOf, linkId, type StoredItem, storedItem, storedLink } from "./item.ts";

const FORMAT = 1;

/** Items and links on their way to another memory, or to a file. */
const memoryExport = z.object({
  format: z.literal(FORMAT, `this engine reads format ${String(FORMAT)}`),
  items: z.array(storedItem),
  links: z.array(storedLink),
});
export type MemoryExport = z.infer<typeof memoryExport>;

export interface ImportAnswer {
  readonly items: number;
  readonly links: number;
}

/** Those of the items that the reader may change, with the links between them, in an order that depends on nothing else. */
export async function exportMemory(
  backend: MemoryBackend,
  reader: Reader,
  candidates: readonly StoredItem[],
): Promise<MemoryExport> {
  const items = candidates.filter((item) => canWrite(reader, item.space)).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const ids = new Set(items.map(idOf));
  const links = (await backend.neighbours([...ids])).filter(
    (link) => ids.has(link.from) && ids.has(link.to) && canSeeLink(reader, link),
  );
  return { format: FORMAT, items, links: links.sort((a, b) => (linkId(a) < linkId(b) ? -1 : 1)) };
}

/** Writes what was exported. Nothing is written unless the reader may write all of it. */
export async function importMemory(
  backend: MemoryBackend,
  reader: Reader,
  content: unknown,
  wrote: (ids: readonly string[]) => void = () => undefined,
): Promise<ImportAnswer> {
  const { items, links } = checked(memoryExport, content, "import");
  for (const { space } of [...items, ...links]) writableSpace(reader, space);
  for (const item of items) refuseSelfPraise(reader, item);
  await Promise.all(items.map((item) => backend.upsert(item)));
  wrote(items.map(idOf));
  await Promise.all(links.map((link) => backend.link(link)));
  return { items: items.length, links: links.length };
}
