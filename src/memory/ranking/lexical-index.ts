import { idOf, type StoredItem } from "../item.ts";
import { type Audience, Audiences } from "./audiences.ts";
import { coverageOf } from "./bm25.ts";
import type { Findable, LexicalMatch, LexicalRequest } from "./findable.ts";
import { gramsOf } from "./grams.ts";
import { textOf } from "./item-text.ts";
import { nthLargest } from "./nth-largest.ts";
import type { Part } from "./part.ts";
import { doubled } from "./postings.ts";
import type { Question } from "./question.ts";
import { TermIndex } from "./term-index.ts";
import { tokensOf } from "./tokens.ts";

/** Of a slot whose item is gone. */
const NOBODY = 0;

/** The items that an asker sees, ready to be scored. */
interface View {
  /** By audience, as many as there were. */
  seeing: Uint8Array;
  readonly words: Part;
  readonly grams: Part;
}

interface Scratch {
  readonly words: Float64Array;
  readonly grams: Float64Array;
  readonly totals: Float64Array;
}

/**
 * The items of a memory, found by their text. It follows the memory with `put` and `drop`, which cost what the item costs,
 * and answers as one that was made of the same items anew.
 */
export class LexicalIndex implements Findable {
  readonly #words = new TermIndex();
  readonly #grams = new TermIndex();
  #slots: (StoredItem | undefined)[] = [];
  readonly #slotOf = new Map<string, number>();
  /** Slots that the next new items take. */
  readonly #empty: number[] = [];
  readonly #audiences = new Audiences();
  /** By slot. */
  #audienceOf = new Uint32Array(1_024);
  /** The distinct words of a slot's item, as their numbers in rising order. */
  #wordsOf: Uint32Array[] = [];
  /** Whoever asked last is likely to ask again, and mostly everybody sees the same. */
  #lastView: View | undefined;
  /** Slots that were filled since somebody asked: not in the view yet. */
  readonly #fresh = new Set<number>();
  /** Scores of words, of character sequences, and of both, by slot: written anew for each question. */
  #scores: Scratch = { words: new Float64Array(0), grams: new Float64Array(0), totals: new Float64Array(0) };

  get size(): number {
    return this.#slotOf.size;
  }

  /** Whether the item of its id is there and says the same. */
  says(item: StoredItem): boolean {
    const known = this.#slots[this.#slotOf.get(idOf(item)) ?? -1];
    return known !== undefined && textOf(known) === textOf(item);
  }

  /** Takes an item in, in place of the one of its id. */
  put(item: StoredItem): void {
    const id = idOf(item);
    const slot = this.#slotOf.get(id);
    const known = slot === undefined ? undefined : this.#slots[slot];
    if (known === item) return;
    const text = textOf(item);
    // What else was changed of an item than its text moves no posting.
    if (slot !== undefined && known !== undefined && textOf(known) === text) {
      this.#hide(slot);
      this.#fill(slot, item);
      return;
    }
    this.drop(id);
    const next = this.#empty.pop() ?? this.#slots.length;
    this.#slotOf.set(id, next);
    this.#index(next, text);
    this.#fill(next, item);
  }

  /** Lets go of the item of an id. */
  drop(id: string): void {
    const slot = this.#slotOf.get(id);
    const item = slot === undefined ? undefined : this.#slots[slot];
    if (slot === undefined || item === undefined) return;
    this.#hide(slot);
    const text = textOf(item);
    this.#words.remove(slot, tokensOf(text));
    this.#grams.remove(slot, gramsOf(text));
    this.#slots[slot] = undefined;
    this.#audienceOf[slot] = NOBODY;
    this.#wordsOf[slot] = new Uint32Array(0);
    this.#slotOf.delete(id);
    this.#empty.push(slot);
  }

  search(question: Question, { sees, fits, atLeast, near, also = [] }: LexicalRequest): readonly LexicalMatch[] {
    const slots = this.#slots;
    const { words: byWords, grams: byGrams } = this.#viewOf(sees);
    const { words, grams, totals } = this.#scratch();
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
    const isNear = (slot: number) => {
      const total = totals[slot] ?? 0;
      return total > 0 && total >= bar;
    };
    const found: number[] = [];
    for (let slot = 0; slot < totals.length; slot += 1) if (isNear(slot) && isAnswer(slot)) found.push(slot);
    for (const item of also) {
      const slot = this.#slotOf.get(idOf(item));
      if (slot !== undefined && byWords.has(slot) && !isNear(slot)) found.push(slot);
    }
    return found.flatMap((slot) => {
      const item = slots[slot];
      if (item === undefined) return [];
      return [{ item, words: (words[slot] ?? 0) / mostWords, grams: (grams[slot] ?? 0) / mostGrams }];
    });
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

  /** What is new since the last question joins its view; only who sees something else gets another one. */
  #viewOf(sees: (item: Audience) => boolean): View {
    const seeing = this.#audiences.thatSee(sees);
    let view = this.#lastView;
    if (view !== undefined && beginsWith(seeing, view.seeing)) {
      view.seeing = seeing;
      for (const slot of this.#fresh) this.#show(slot, view);
    } else {
      view = { seeing, words: this.#words.emptyPart(), grams: this.#grams.emptyPart() };
      for (let slot = 0; slot < this.#slots.length; slot += 1) this.#show(slot, view);
      this.#lastView = view;
    }
    this.#fresh.clear();
    return view;
  }

  #show(slot: number, { seeing, words, grams }: View): void {
    if (seeing[this.#audienceOf[slot] ?? NOBODY] !== 1) return;
    words.show(slot);
    grams.show(slot);
  }

  #hide(slot: number): void {
    this.#fresh.delete(slot);
    this.#lastView?.words.hide(slot);
    this.#lastView?.grams.hide(slot);
  }

  /** As long as there are slots. */
  #scratch(): Scratch {
    const { length } = this.#slots;
    let { words, grams, totals } = this.#scores;
    if (words.length < length) {
      const room = Math.max(length, 2 * words.length);
      this.#scores = { words: new Float64Array(room), grams: new Float64Array(room), totals: new Float64Array(room) };
      ({ words, grams, totals } = this.#scores);
    }
    return { words: words.subarray(0, length), grams: grams.subarray(0, length), totals: totals.subarray(0, length) };
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
    this.#fresh.add(slot);
  }
}

function beginsWith(longer: Uint8Array, shorter: Uint8Array): boolean {
  return longer.length >= shorter.length && shorter.every((value, index) => value === longer[index]);
}
