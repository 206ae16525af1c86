import { idfOf, saturation } from "../ranking/bm25.ts";
import type { CollectionStatistics, WeighedTerms } from "../ranking/statistics.ts";
import { eachTermHash, type TermKind, termHash } from "./term-hashes.ts";

/** So many places for each term, that few have to look further than the first. */
const ROOM = 4;

/**
 * One question's terms of one kind, to be found in texts: a text is read once and nothing is kept of it. Two terms with one
 * hash count as one.
 */
export class AskedTerms {
  readonly #kind: TermKind;
  readonly #averageLength: number;
  /** By place, 0 where there is none; a hash stands at its own place or, where that is taken, at the next free one. */
  readonly #hashes: Int32Array;
  readonly #weights: Float64Array;
  /** How often each stands in the text that is read. */
  readonly #counts: Uint32Array;
  /** The places that are taken, in the order of the terms. */
  readonly #places: number[] = [];

  constructor(kind: TermKind, terms: WeighedTerms, statistics: CollectionStatistics) {
    this.#kind = kind;
    this.#averageLength = statistics.averageLength;
    const size = 2 ** Math.ceil(Math.log2(ROOM * (terms.size + 1)));
    this.#hashes = new Int32Array(size);
    this.#weights = new Float64Array(size);
    this.#counts = new Uint32Array(size);
    for (const [term, count] of terms) this.#add(termHash(kind, term), count * idfOf(term, statistics));
  }

  /** BM25 of a text. */
  scoreOf(text: string): number {
    let length = 0;
    eachTermHash(this.#kind, text, (hash) => {
      length += 1;
      const place = this.#placeOf(hash);
      if (this.#hashes[place] === hash) this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    });
    let score = 0;
    for (const place of this.#places) {
      const count = this.#counts[place] ?? 0;
      if (count === 0) continue;
      score += (this.#weights[place] ?? 0) * saturation(count, length, this.#averageLength);
      this.#counts[place] = 0;
    }
    return score;
  }

  #add(hash: number, weight: number): void {
    const place = this.#placeOf(hash);
    if (this.#hashes[place] === 0) this.#places.push(place);
    this.#hashes[place] = hash;
    this.#weights[place] = (this.#weights[place] ?? 0) + weight;
  }

  #placeOf(hash: number): number {
    const mask = this.#hashes.length - 1;
    let place = hash & mask;
    while (this.#hashes[place] !== 0 && this.#hashes[place] !== hash) place = (place + 1) & mask;
    return place;
  }
}
