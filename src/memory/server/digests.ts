import { idOf, type StoredItem } from "../item.ts";
import { frequencies } from "../ranking/bm25.ts";
import { termsOf, textOf } from "../ranking/item-text.ts";
import { hashOf } from "./term-table.ts";

/** The terms of a text as sorted hashes with their frequencies: some kilobytes where the terms take a hundred. */
export interface TermBag {
  readonly hashes: Uint32Array;
  readonly counts: Uint8Array;
  /** Terms in all. */
  readonly length: number;
}

export interface Digest {
  readonly words: TermBag;
  readonly grams: TermBag;
}

export const SEEDS = { words: 1, grams: 2 } as const;
const MOST_COUNT = 255;

function bagOf(terms: readonly string[], seed: number): TermBag {
  const counted = [...frequencies(terms)].map(([term, count]) => [hashOf(term, seed), count] as const);
  counted.sort(([a], [b]) => a - b);
  const hashes = Uint32Array.from(counted, ([hash]) => hash);
  return { hashes, counts: Uint8Array.from(counted, ([, count]) => Math.min(count, MOST_COUNT)), length: terms.length };
}

/** How often a term with this hash stands in the bag. */
export function countIn({ hashes, counts }: TermBag, hash: number): number {
  let [low, high] = [0, hashes.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = hashes[middle] ?? 0;
    if (found === hash) return counts[middle] ?? 0;
    if (found < hash) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

/** Digests of the items that questions brought up last, within a bound of memory: cutting a text is what ranking costs. */
export class Digests {
  readonly #digests = new Map<string, { readonly item: StoredItem; readonly digest: Digest; readonly size: number }>();
  readonly #most: number;
  #size = 0;

  /** @param most bytes of all digests together */
  constructor(most: number) {
    this.#most = most;
  }

  of(item: StoredItem): Digest {
    const id = idOf(item);
    const known = this.#digests.get(id);
    if (known !== undefined) this.#forget(id);
    const isFresh = known?.item.version === item.version && textOf(known.item) === textOf(item);
    const digest = isFresh ? known.digest : digestOf(item);
    const size = 5 * (digest.words.hashes.length + digest.grams.hashes.length) + 2 * item.content.length + 500;
    this.#digests.set(id, { item, digest, size });
    this.#size += size;
    for (const [oldest] of this.#digests) {
      if (this.#size <= this.#most) break;
      this.#forget(oldest);
    }
    return digest;
  }

  #forget(id: string): void {
    this.#size -= this.#digests.get(id)?.size ?? 0;
    this.#digests.delete(id);
  }
}

function digestOf(item: StoredItem): Digest {
  const { words, grams } = termsOf(textOf(item));
  return { words: bagOf(words, SEEDS.words), grams: bagOf(grams, SEEDS.grams) };
}
