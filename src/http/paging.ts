import { AiosError } from "../kernel/errors.ts";

/**
 * One page of a list that is whole and in a stable order. `after` is the key of the last item seen; when that item is
 * gone the reader begins again, rather than miss or repeat something silently.
 */
export function pageOf<T>(
  all: readonly T[],
  query: { readonly after?: string | undefined; readonly limit: number },
  keyOf: (item: T) => string,
): { items: T[]; next: string | null } {
  const from = query.after === undefined ? 0 : all.findIndex((item) => keyOf(item) === query.after) + 1;
  if (query.after !== undefined && from === 0)
    throw new AiosError("input.invalid", `Nothing in this list has the key ${query.after}`, {
      faults: [{ path: "after", message: "is not in the list any more; begin again without it" }],
    });
  const items = all.slice(from, from + query.limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && from + items.length < all.length ? keyOf(last) : null };
}
