import { EAST_ASIAN } from "../ranking/scripts.ts";
import { tokensOf } from "../ranking/tokens.ts";

/** One meaning: what Chinese and English call it. */
export interface GlossaryEntry {
  readonly chinese: readonly string[];
  readonly english: readonly string[];
}

const HAN_RUN = new RegExp(`[${EAST_ASIAN}]+`, "gv");

/** What words of this field are called in the other language. */
export class Glossary {
  readonly #entries: readonly GlossaryEntry[];
  readonly #english = new Map<string, Set<string>>();
  readonly #chinese = new Map<string, Set<string>>();
  #longestChinese = 0;
  #longestEnglish = 0;

  constructor(entries: readonly GlossaryEntry[]) {
    this.#entries = entries;
  }

  /** Done with the first question, so that no start waits for it. */
  #index(entries: readonly GlossaryEntry[]): void {
    for (const { chinese, english } of entries) {
      for (const word of chinese) {
        add(this.#english, word, english);
        this.#longestChinese = Math.max(this.#longestChinese, word.length);
      }
      for (const phrase of english) {
        const tokens = tokensOf(phrase);
        add(this.#chinese, tokens.join(" "), chinese);
        this.#longestEnglish = Math.max(this.#longestEnglish, tokens.length);
      }
    }
  }

  /** What a text says, in the other language. The longest word that fits is taken; nothing is translated twice. */
  translate(text: string, tokens: readonly string[]): readonly string[] {
    if (this.#english.size === 0) this.#index(this.#entries);
    return [...new Set([...this.#fromChinese(text), ...this.#fromEnglish(tokens)])];
  }

  *#fromChinese(text: string): Iterable<string> {
    for (const [run] of text.normalize("NFKC").matchAll(HAN_RUN)) {
      for (let at = 0; at < run.length; ) {
        const length = longest(this.#longestChinese, (size) => this.#english.has(run.slice(at, at + size)));
        yield* this.#english.get(run.slice(at, at + length)) ?? [];
        at += Math.max(1, length);
      }
    }
  }

  *#fromEnglish(tokens: readonly string[]): Iterable<string> {
    for (let at = 0; at < tokens.length; ) {
      const phrase = (size: number) => tokens.slice(at, at + size).join(" ");
      const length = longest(this.#longestEnglish, (size) => this.#chinese.has(phrase(size)));
      yield* this.#chinese.get(phrase(length)) ?? [];
      at += Math.max(1, length);
    }
  }
}

/** The largest size of at most `most` that fits; 0 when none does. */
function longest(most: number, fits: (size: number) => boolean): number {
  for (let size = most; size > 0; size -= 1) if (fits(size)) return size;
  return 0;
}

function add(map: Map<string, Set<string>>, word: string, others: readonly string[]): void {
  const known = map.get(word) ?? new Set();
  for (const other of others) known.add(other);
  map.set(word, known);
}
