import type { AskedMeaning } from "../backend.ts";
import type { StoredItem, StoredLink } from "../item.ts";
import type { VectorForm, VectorShelf } from "../meaning/vectors.ts";
import type { Terms } from "../ranking/item-text.ts";
import type { ItemScope } from "../scope.ts";

/**
 * A server that keeps items and links, as its driver reaches it. It ranks nothing, tries nothing twice and keeps nothing in
 * this process; all of that is the same for every server and stands in `backend.ts`.
 */
export interface ServerStore {
  /** For messages: without user and password. */
  readonly address: string;
  /** Resolves when the server answers us. */
  ping(): Promise<void>;
  /** Makes what is needed on the server; may be called again. */
  connect(): Promise<void>;
  /**
   * Carries the changes out in their order, each as if the one before was done. No two of them name the same item or link.
   * Repeating a change that was carried out already gives the same outcome.
   */
  apply(changes: readonly ServerChange[]): Promise<readonly ServerOutcome[]>;
  get(ids: readonly string[]): Promise<readonly StoredItem[]>;
  /** Everything in the scope, and possibly more, a page at a time: `after` is where the page before said to go on. */
  page(scope: ItemScope, after?: string): Promise<Page>;
  /** What the server's own indexes find by words and, where it was asked, by meaning; each item once. */
  find(question: ServerQuestion): Promise<readonly Found[]>;
  links(ids: readonly string[]): Promise<readonly StoredLink[]>;
  /** Changes with every change, of whichever process. */
  revision(): Promise<string>;
  /** In words, why a failure means that the server is away, slow or refuses us; `undefined` where the request was wrong. */
  whyAway(failure: unknown): string | undefined;
  /** The vectors of the items, of every embedder. */
  readonly vectors: ServerVectors;
  close(): Promise<void>;
}

export interface Page {
  readonly items: readonly StoredItem[];
  /** Where the next page begins; without it there is none. */
  readonly next?: string;
}

export interface Found {
  readonly item: StoredItem;
  /** To what the question means; missing where that was not asked, and for an item without a vector of the same embedder. */
  readonly cosine?: number | undefined;
}

/**
 * As `VectorShelf` promises, one request at a time. Besides, `apply` takes vectors of what an item no longer says with it,
 * and those of items that are removed.
 */
export interface ServerVectors extends Pick<VectorShelf, "madeOf" | "read" | "keep" | "census"> {
  /** Makes what is needed to search vectors of this form. */
  prepare(form: VectorForm): Promise<void>;
  /** Takes some of them away, at least as many as `atMost` where there are; answers whether more are left. */
  clear(but: string | undefined, atMost: number): Promise<boolean>;
}

export type ServerChange =
  | {
      readonly op: "put";
      readonly item: StoredItem;
      /** As for `MemoryBackend.upsert`. */
      readonly expected?: number | undefined;
      readonly terms: Terms;
      /** Of this change alone: one that arrives again, because its answer was lost, is known by it. */
      readonly token: string;
    }
  | { readonly op: "remove"; readonly id: string }
  | { readonly op: "link"; readonly link: StoredLink }
  | { readonly op: "unlink"; readonly id: string };

export type ServerOutcome =
  /** What stood there before, for the statistics; the item itself when it was there already. */
  | { readonly kind: "done"; readonly before?: StoredItem }
  | { readonly kind: "conflict"; readonly before?: StoredItem }
  /** What was to be removed, or an end of what was to be linked, is not there. */
  | { readonly kind: "absent" };

export interface ServerQuestion {
  /** What each term of the question tells, at most `MOST_TERMS` of each. */
  readonly words: ReadonlyMap<string, number>;
  readonly grams: ReadonlyMap<string, number>;
  /** Weight of the words; the character sequences have the rest. */
  readonly wordShare: number;
  readonly scope: ItemScope;
  /** What it means; left out, words alone are asked for. */
  readonly meaning?: AskedMeaning | undefined;
  /** At most so many by words, and so many by meaning. */
  readonly limit: number;
}
