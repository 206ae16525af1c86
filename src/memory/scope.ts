import { confidenceOf, type StoredItem } from "./item.ts";
import { fitsFilter, holdsAt, type ItemFilter } from "./requests.ts";

/** Which items are meant. Every member that is there must fit. */
export interface ItemScope {
  /** Owned by one of these spaces, or shared with one of them. */
  readonly readers?: readonly string[];
  readonly space?: string;
  readonly key?: string;
  readonly filter?: ItemFilter;
  /** Holds at this moment, in epoch milliseconds. */
  readonly heldAtMs?: number;
}

/** The whole meaning of a scope. A backend may narrow by a part of it; whoever asked applies all of it. */
export function isInScope(item: StoredItem, scope: ItemScope): boolean {
  const { readers, space, key, filter, heldAtMs } = scope;
  return (
    (readers === undefined || readers.includes(item.space) || item.sharedWith.some((name) => readers.includes(name))) &&
    (space === undefined || item.space === space) &&
    (key === undefined || item.key === key) &&
    (heldAtMs === undefined || holdsAt(item, heldAtMs)) &&
    (filter === undefined || fitsFilter(item, confidenceOf(item), filter))
  );
}
