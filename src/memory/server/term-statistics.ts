import type { StoredItem } from "../item.ts";
import { textOf } from "../ranking/item-text.ts";
import type { CollectionStatistics, LexicalStatistics } from "../ranking/statistics.ts";
import { DistinctTerms, type TermKind, termHash } from "./term-hashes.ts";
import { TermTable } from "./term-table.ts";

const KINDS = ["words", "grams"] as const;

/** The items of one owner, or those that one space was lent. */
class Shelf {
  documents = 0;
  readonly lengths = { words: 0, grams: 0 };
  readonly table = new TermTable();

  add(kind: TermKind, { hashes, length }: ReturnType<DistinctTerms["of"]>, by: 1 | -1): void {
    this.lengths[kind] += by * length;
    for (let at = 0; at < hashes.length; at += 1) this.table.add(hashes[at] ?? 0, by);
  }
}

/**
 * Document frequencies of a memory whose items are elsewhere, by space: an asker's statistics are those of what the asker
 * sees. An item that is shared counts for its owner and for each space it is shared with.
 */
export class TermStatistics {
  readonly #owned = new Map<string, Shelf>();
  readonly #lent = new Map<string, Shelf>();
  readonly #distinct = new DistinctTerms();

  /** Follows one change: `before` is gone, `after` is there. */
  change(before: StoredItem | undefined, after: StoredItem | undefined): void {
    if (before !== undefined) this.#count(before, -1);
    if (after !== undefined) this.#count(after, 1);
  }

  /** Of everything that is owned by the readers or shared with them; of all when there are none. */
  seenBy(readers: readonly string[] | undefined): LexicalStatistics {
    const shelves =
      readers === undefined
        ? [...this.#owned.values()]
        : readers.flatMap((space) => [this.#owned.get(space) ?? [], this.#lent.get(space) ?? []].flat());
    return { words: collection(shelves, "words"), grams: collection(shelves, "grams") };
  }

  #count(item: StoredItem, by: 1 | -1): void {
    const lent = item.sharedWith.map((space) => shelfOf(this.#lent, space));
    const shelves = [shelfOf(this.#owned, item.space), ...lent];
    for (const shelf of shelves) shelf.documents += by;
    const text = textOf(item);
    for (const kind of KINDS) {
      const terms = this.#distinct.of(kind, text);
      for (const shelf of shelves) shelf.add(kind, terms, by);
    }
  }
}

function shelfOf(shelves: Map<string, Shelf>, space: string): Shelf {
  const known = shelves.get(space);
  if (known !== undefined) return known;
  const shelf = new Shelf();
  shelves.set(space, shelf);
  return shelf;
}

function collection(shelves: readonly Shelf[], kind: TermKind): CollectionStatistics {
  const documents = shelves.reduce((sum, shelf) => sum + shelf.documents, 0);
  const length = shelves.reduce((sum, shelf) => sum + shelf.lengths[kind], 0);
  return {
    documents,
    averageLength: length === 0 ? 1 : length / documents,
    holders(term) {
      const hash = termHash(kind, term);
      return shelves.reduce((sum, shelf) => sum + shelf.table.count(hash), 0);
    },
  };
}
