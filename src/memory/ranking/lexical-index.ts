import { idOf, type StoredItem } from "../item.ts";
import { type Audience, Audiences } from "./audiences.ts";
import { coverageOf } from "./bm25.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "./findable.ts";
import { gramsOf } from "./grams.ts";
import { textOf } from "./item-text.ts";
import { nthLargest } from "./nth-largest.ts";
import { doubled } from "./postings.ts";
import type { Question } from "./question.ts";
import { type Part, TermIndex } from "./term-index.ts";
import { tokensOf } from "./tokens.ts";

/** Dead slots are kept until they are this many and half of all: then everything is indexed anew. */
const DEAD_TO_REBUILD = 1_000;
/** Of a slot whose item is gone. */
const NOBODY = 0;

/** The items that an asker sees, ready to be scored. */
interface View {
  readonly seeing: Uint8Array;
  readonly words: Part;
  readonly grams: Part;
}

/** The items of a memory, found by their text. It follows the memory with `sync`. */
export class LexicalIndex implements Findable {
  #words = new TermIndex();
  #grams = new TermIndex();
  #slots: (StoredItem | undefined)[] = [];
  #slotOf = new Map<string, number>();
  #audiences = new Audiences();
  /** By slot. */
  #audienceOf = new Uint32Array(1_024);
  /** The distinct words of a slot's item, as their numbers in rising order. */
  #wordsOf: Uint32Array[] = [];
  /** Whoever asked last is likely to ask again, and mostly everybody sees the same. */
  #lastView: View | undefined;
  /** Scores of words, of character sequences, and of both, by slot: written anew for each question. */
  #scores = [new Float64Array(0), new Float64Array(0), new Float64Array(0)] as const;

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
    const slots = this.#slots;
    const { words: byWords, grams: byGrams } = this.#viewOf(sees);
    const [words, grams, totals] = this.#scratch();
    const mostWords = this.#words.score(question.words, byWords, words) || 1;
    const mostGrams = this.#grams.score(question.grams, byGrams, grams) || 1;
    const { wordShare } = question;
    for (let slot = 0; slot < totals.length; slot += 1)
      totals[slot] = wordShare * ((words[slot] ?? 0) / mostWords) + (1 - wordShare) * ((grams[slot] ?? 0) / mostGrams);
    const isAnswer = (slot: number) => {
      const item = slots[slot];
      return item !== undefined && fits(item);
    };
    const bar = near * nthLargest(totals, atLeast, isAnswer);
    const matches: LexicalMatch[] = [];
    for (let slot = 0; slot < totals.length; slot += 1) {
      const total = totals[slot] ?? 0;
      if ((total === 0 || total < bar) && also === undefined) continue;
      const item = slots[slot];
      if (item === undefined) continue;
      const isWanted =
        (total > 0 && total >= bar && fits(item)) || (byWords.visible[slot] === 1 && also?.(item) === true);
      if (isWanted)
        matches.push({ item, words: (words[slot] ?? 0) / mostWords, grams: (grams[slot] ?? 0) / mostGrams });
    }
    return matches;
  }

  coverage({ asked }: Question, item: StoredItem, sees: (item: Audience) => boolean): number {
    const terms = new Set(this.termsOf(item));
    const has = (term: string) => {
      const id = this.#words.idOf(term);
      return id !== undefined && terms.has(id);
    };
    return coverageOf(asked, has, this.#viewOf(sees).words);
  }

  termsOf(item: StoredItem): Uint32Array {
    return this.#wordsOf[this.#slotOf.get(idOf(item)) ?? -1] ?? new Uint32Array(0);
  }

  #viewOf(sees: (item: Audience) => boolean): View {
    const seeing = this.#audiences.thatSee(sees);
    if (this.#lastView !== undefined && isEqual(this.#lastView.seeing, seeing)) return this.#lastView;
    const visible = new Uint8Array(this.#slots.length);
    for (let slot = 0; slot < visible.length; slot += 1) visible[slot] = seeing[this.#audienceOf[slot] ?? NOBODY] ?? 0;
    this.#lastView = { seeing, words: this.#words.partOf(visible), grams: this.#grams.partOf(visible) };
    return this.#lastView;
  }

  #scratch(): readonly [Float64Array, Float64Array, Float64Array] {
    const { length } = this.#slots;
    if (this.#scores[0].length !== length)
      this.#scores = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
    return this.#scores;
  }

  #put(item: StoredItem): void {
    const id = idOf(item);
    const slot = this.#slotOf.get(id);
    const known = slot === undefined ? undefined : this.#slots[slot];
    if (slot !== undefined && known === item) return;
    const text = textOf(item);
    this.#lastView = undefined;
    // What else was changed of an item than its text moves no posting.
    if (slot !== undefined && known !== undefined && textOf(known) === text) this.#fill(slot, item);
    else {
      this.#drop(id);
      this.#slotOf.set(id, this.#slots.length);
      this.#index(this.#slots.length, text);
      this.#fill(this.#slots.length, item);
    }
  }

  #index(slot: number, text: string): void {
    const words = tokensOf(text);
    this.#words.add(slot, words);
    this.#grams.add(slot, gramsOf(text));
    this.#wordsOf[slot] = Uint32Array.from(new Set(words), (word) => this.#words.idOf(word) ?? 0).sort();
  }

  #fill(slot: number, item: StoredItem): void {
    this.#slots[slot] = item;
    while (slot >= this.#audienceOf.length) this.#audienceOf = doubled(this.#audienceOf);
    this.#audienceOf[slot] = this.#audiences.numberOf(item);
  }

  #drop(id: string): void {
    const slot = this.#slotOf.get(id);
    if (slot === undefined) return;
    this.#lastView = undefined;
    this.#slots[slot] = undefined;
    this.#audienceOf[slot] = NOBODY;
    this.#wordsOf[slot] = new Uint32Array(0);
    this.#slotOf.delete(id);
  }

  #clear(): void {
    this.#words = new TermIndex();
    this.#grams = new TermIndex();
    this.#slots = [];
    this.#slotOf = new Map();
    this.#audiences = new Audiences();
    this.#wordsOf = [];
    this.#lastView = undefined;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
