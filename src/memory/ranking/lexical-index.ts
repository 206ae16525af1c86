import { idOf, type StoredItem } from "../item.ts";
import { Bm25, type Visible } from "./bm25.ts";
import { gramsOf } from "./grams.ts";
import { tokensOf } from "./tokens.ts";

/** Dead slots are kept until they are this many and half of all: then everything is indexed anew. */
const DEAD_TO_REBUILD = 1_000;

/** How well an item answers a text by its words and by its character sequences, each 1 for the best answer. */
export interface LexicalMatch {
  readonly item: StoredItem;
  readonly words: number;
  readonly grams: number;
}

/** The items of a memory, found by their text. It follows the memory with `sync`. */
export class LexicalIndex {
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

  /** Every item that `sees` and shares a word or a character sequence with the text. Nothing unseen moves a score. */
  search(text: string, sees: (item: StoredItem) => boolean): readonly LexicalMatch[] {
    const visible: Visible = new Uint8Array(this.#slots.length);
    this.#slots.forEach((item, slot) => {
      if (item !== undefined && sees(item)) visible[slot] = 1;
    });
    const words = this.#words.score(tokensOf(text), visible);
    const grams = this.#grams.score(gramsOf(text), visible);
    const [bestWords, bestGrams] = [largest(words), largest(grams)];
    return [...new Set([...words.keys(), ...grams.keys()])].flatMap((slot) => {
      const item = this.#slots[slot];
      if (item === undefined) return [];
      return { item, words: (words.get(slot) ?? 0) / bestWords, grams: (grams.get(slot) ?? 0) / bestGrams };
    });
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

function textOf(item: StoredItem): string {
  return [item.title, item.category, item.tags?.join(" "), item.content]
    .filter((part) => part !== undefined)
    .join("\n");
}

function isSame(known: StoredItem | undefined, item: StoredItem): boolean {
  return known === item || (known !== undefined && known.version === item.version && textOf(known) === textOf(item));
}

/** At least a trace above zero, so that it can be divided by. */
function largest(scores: ReadonlyMap<number, number>): number {
  let best = Number.MIN_VALUE;
  for (const score of scores.values()) if (score > best) best = score;
  return best;
}
