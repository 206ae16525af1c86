import type { StoredItem } from "../item.ts";
import { type Terms, termsOf, textOf } from "../ranking/item-text.ts";
import type { CollectionStatistics, LexicalStatistics } from "../ranking/statistics.ts";
import { SEEDS } from "./digests.ts";
import { hashOf, TermTable } from "./term-table.ts";

/** The items of one owner, or those that one space was lent. */
class Shelf {
  documents = 0;
  readonly lengths = { words: 0, grams: 0 };
  readonly table = new TermTable();

  count(terms: Terms, by: 1 | -1): void {
    this.documents += by;
    for (const part of ["words", "grams"] as const) {
      this.lengths[part] += by * terms[part].length;
      for (const term of new Set(terms[part])) this.table.add(hashOf(term, SEEDS[part]), by);
    }
  }
}

/**
 * Document frequencies of a memory whose items are elsewhere, by space: an asker's statistics are those of what the asker
 * sees. An item that is shared counts for its owner and for each space it is shared with.
 */
export class TermStatistics {
  readonly #owned = new Map<string, Shelf>();
  readonly #lent = new Map<string, Shelf>();

  /** Follows one change: `before` is gone, `after` is there. */
  change(before: StoredItem | undefined, after: StoredItem | undefined, terms?: Terms): void {
    if (before !== undefined) this.#count(before, termsOf(textOf(before)), -1);
    if (after !== undefined) this.#count(after, terms ?? termsOf(textOf(after)), 1);
  }

  /** Of everything that is owned by the readers or shared with them; of all when there are none. */
  seenBy(readers: readonly string[] | undefined): LexicalStatistics {
    const shelves =
      readers === undefined
        ? [...this.#owned.values()]
        : readers.flatMap((space) => [this.#owned.get(space) ?? [], this.#lent.get(space) ?? []].flat());
    return { words: collection(shelves, "words"), grams: collection(shelves, "grams") };
  }

  #count(item: StoredItem, terms: Terms, by: 1 | -1): void {
    shelfOf(this.#owned, item.space).count(terms, by);
    for (const space of item.sharedWith) shelfOf(this.#lent, space).count(terms, by);
  }
}

function shelfOf(shelves: Map<string, Shelf>, space: string): Shelf {
  const known = shelves.get(space);
  if (known !== undefined) return known;
  const shelf = new Shelf();
  shelves.set(space, shelf);
  return shelf;
}

function collection(shelves: readonly Shelf[], part: "words" | "grams"): CollectionStatistics {
  const documents = shelves.reduce((sum, shelf) => sum + shelf.documents, 0);
  const length = shelves.reduce((sum, shelf) => sum + shelf.lengths[part], 0);
  return {
    documents,
    averageLength: length === 0 ? 1 : length / documents,
    holders(term) {
      const hash = hashOf(term, SEEDS[part]);
      return shelves.reduce((sum, shelf) => sum + shelf.table.count(hash), 0);
    },
  };
}
