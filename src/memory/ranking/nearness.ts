import type { StoredItem } from "../item.ts";

/** How near items are in meaning to what was asked. */
export interface Nearness {
  /** The cosine of the two vectors; `undefined` for an item that has none. */
  cosineOf(item: StoredItem): number | undefined;
  /** The nearest of the items that fit, at most so many, nearest first. */
  nearest(limit: number, fits: (item: StoredItem) => boolean): readonly StoredItem[];
}
