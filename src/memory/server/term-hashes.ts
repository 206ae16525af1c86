import { eachGram } from "../ranking/grams.ts";
import { tokensOf } from "../ranking/tokens.ts";
import { hashOf } from "./term-table.ts";

/** The two kinds of terms that a text is cut into; see `termsOf`. */
export type TermKind = "words" | "grams";

const SEEDS = { words: 1, grams: 2 } as const;

/**
 * What a term is known by here: its text is not kept. A signed number of 32 bits, which the runtime passes about without
 * making an object of it: a memory is millions of them.
 */
export function termHash(kind: TermKind, term: string): number {
  return hashOf(term, SEEDS[kind]) | 0;
}

/** The hashes of a text's terms in their order, each as often as it stands there, without cutting the sequences out. */
export function eachTermHash(kind: TermKind, text: string, visit: (hash: number) => void): void {
  if (kind === "words") for (const word of tokensOf(text)) visit(hashOf(word, SEEDS.words) | 0);
  else eachGram(text, (run, from, to) => visit(hashOf(run, SEEDS.grams, from, to) | 0));
}

/** The distinct terms of one text after another, in room that is used again. */
export class DistinctTerms {
  #hashes = new Int32Array(1_024);

  /** Good until the next text is read, and how many terms the text has in all. */
  of(kind: TermKind, text: string): { readonly hashes: Int32Array; readonly length: number } {
    let length = 0;
    eachTermHash(kind, text, (hash) => {
      if (length === this.#hashes.length) this.#grow();
      this.#hashes[length] = hash;
      length += 1;
    });
    const all = this.#hashes.subarray(0, length).sort();
    let distinct = 0;
    for (let at = 0; at < length; at += 1) {
      const hash = all[at] ?? 0;
      if (distinct > 0 && all[distinct - 1] === hash) continue;
      all[distinct] = hash;
      distinct += 1;
    }
    return { hashes: all.subarray(0, distinct), length };
  }

  #grow(): void {
    const grown = new Int32Array(2 * this.#hashes.length);
    grown.set(this.#hashes);
    this.#hashes = grown;
  }
}
