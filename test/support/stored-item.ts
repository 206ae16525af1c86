import type { StoredItem } from "../../src/memory/item.ts";

/** An item as a backend keeps it, of the shared space. */
export function storedItem(key: string, content = key, more: Partial<StoredItem> = {}): StoredItem {
  return { key, space: "shared", content, sharedWith: [], createdAtMs: 1, updatedAtMs: 1, version: 1, ...more };
}
