import { idOf, type StoredItem } from "../item.ts";
import { Bm25, coverageOf, type Visible } from "./bm25.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "./findable.ts";
import { gramsOf } from "./grams.ts";
import { textOf } from "./item-text.ts";
import { nthLargest } from "./nth-largest.ts";
import type { Question } from "./question.ts";
import { tokensOf } from "./tokens.ts";

/** Dead slots are kept until they are this many and half of all: then everything is indexed anew. */
const DEAD_TO_REBUILD = 1_000;

/** The items of a memory, found by their text. It follows the memory with `sync`. */
export class LexicalIndex implements Findable {
  #words = new Bm25();
  #grams = new Bm25();
  #slots: (StoredItem | undefined)[] = [];
  #slotOf = new Map<string, number>();
  readonly #termsOf = new WeakMap<StoredItem, ReadonlySet<string>>();

  get size(): number {
    return this.#slotOf.size;
  }

  /** Makes the index hold exactly `items`. Only what changed is read. */
  sync(items: readonly StoredItem[]): void {
    const ids = new Set(items.map(idOf));
    for (const id of this.#slotOf.keys()) if (!ids.has(id)) this.#drop(id);
    const dead = this.#slots.length - this.#slotOf.size;
    if (dead > DEAD_TO_REBUILD && dead * 2 > this.#slots.length) this.#clear();
    for (const item of items) this.#put(item);
  }

  /** The items that share a word or a character sequence with the question, in no promised order. */
  search(question: Question, { sees, fits, atLeast, near, also }: LexicalRequest): readonly LexicalMatch[] {
    const visible = this.#visible(sees);
    const words = this.#words.score(question.words, visible);
    const grams = this.#grams.score(question.grams, visible);
    const totals = words.map((score, slot) => {
      const total = question.wordShare * score + (1 - question.wordShare) * (grams[slot] ?? 0);
      const item = total > 0 ? this.#slots[slot] : undefined;
      return item !== undefined && fits(item) ? total : 0;
    });
    const bar = near * nthLargest(totals, atLeast);
    const matches: LexicalMatch[] = [];
    totals.forEach((total, slot) => {
      const item = this.#slots[slot];
      if (item === undefined) return;
      const isWanted = (total > 0 && total >= bar) || (visible[slot] === 1 && also?.(item) === true);
      if (isWanted) matches.push({ item, words: words[slot] ?? 0, grams: grams[slot] ?? 0 });
    });
    return matches;
  }

  coverage({ asked }: Question, item: StoredItem, sees: (item: StoredItem) => boolean): number {
    const terms = this.termsOf(item);
    return coverageOf(asked, (term) => terms.has(term), this.#words.statistics(this.#visible(sees)));
  }

  #visible(sees: (item: StoredItem) => boolean): Visible {
    const visible: Visible = new Uint8Array(this.#slots.length);
    this.#slots.forEach((item, slot) => {
      if (item !== undefined && sees(item)) visible[slot] = 1;
    });
    return visible;
  }

  /** The distinct words of an item. */
  termsOf(item: StoredItem): ReadonlySet<string> {
    const known = this.#termsOf.get(item);
    if (known !== undefined) return known;
    const terms = new Set(tokensOf(textOf(item)));
    this.#termsOf.set(item, terms);
    return terms;
  }

  #put(item: StoredItem): void {
    const id = idOf(item);
    const slot = this.#slotOf.get(id);
    if (slot !== undefined && isSame(this.#slots[slot], item)) {
      this.#slots[slot] = item;
      return;
    }
    this.#drop(id);
    const text = textOf(item);
    this.#words.add(this.#slots.length, tokensOf(text));
    this.#grams.add(this.#slots.length, gramsOf(text));
    this.#slotOf.set(id, this.#slots.length);
    this.#slots.push(item);
  }

  #drop(id: string): void {
    const slot = this.#slotOf.get(id);
    if (slot !== undefined) this.#slots[slot] = undefined;
    this.#slotOf.delete(id);
  }

  #clear(): void {
    this.#words = new Bm25();
    this.#grams = new Bm25();
    this.#slots = [];
    this.#slotOf = new Map();
  }
}

function isSame(known: StoredItem | undefined, item: StoredItem): boolean {
  return known === item || (known !== undefined && known.version === item.version && textOf(known) === textOf(item));
}
