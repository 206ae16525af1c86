import type { Glossary } from "../glossary/glossary.ts";
import type { StoredItem } from "../item.ts";
import { coverageOf } from "./bm25.ts";
import { LexicalIndex } from "./lexical-index.ts";
import { type Question, questionOf } from "./question.ts";
import { rank } from "./rank.ts";
import { tokensOf } from "./tokens.ts";

/** A text that is no item of the memory, with what is known of how it stood the test. */
export interface Text {
  readonly key: string;
  readonly title: string;
  readonly content: string;
  readonly outcomes?: { readonly fixes: number; readonly failures: number };
}

/** How like a text is to what was asked. */
export interface Like {
  readonly key: string;
  /** From 0 to 1: how it ranks against the others, times the share of what the question tells that it says too. */
  readonly score: number;
  /** That share, from 0 to 1: it does not depend on how bad the others are. */
  readonly coverage: number;
  /** The words of the question that it says too, as they were asked. */
  readonly words: readonly string[];
}

/** Order is by rank, not by age: they all stand now. */
const NOW_MS = 0;
/** As many texts that say none of it stand behind those given: a word is not common because there are few. */
const BEHIND = 100;
const everything = () => true;

/** Texts of which the ones most like what is asked are found, as the memory ranks its items by their words. */
export class Likenesses {
  readonly #index = new LexicalIndex();
  readonly #said: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #glossary: Glossary;

  constructor(texts: readonly Text[], glossary: Glossary) {
    this.#said = new Map(texts.map(({ key, title, content }) => [key, new Set(tokensOf(`${title}\n${content}`))]));
    this.#glossary = glossary;
    for (const text of texts) this.#index.put(itemOf(text));
  }

  /** At most so many, the most alike first. */
  mostLike(asked: string, most: number): readonly Like[] {
    const question = questionOf(asked, this.#glossary);
    const wanted = { topK: most, nowMs: NOW_MS, sees: everything, fits: everything };
    return rank(this.#index, question, wanted)
      .map(({ item: { key }, score }) => {
        const coverage = coverageIn(this.#said, key, question);
        const words = sharedWords(asked, question, this.#said.get(key) ?? new Set());
        return { key, score: Math.min(1, score) * coverage, coverage, words };
      })
      .sort((a, b) => b.score - a.score);
  }
}

/** By the words that were asked, or by what they are called in the other language too: whichever it says more of. */
function coverageIn(said: ReadonlyMap<string, ReadonlySet<string>>, key: string, question: Question): number {
  const all = [...said.values()];
  const holders = (term: string) => all.filter((words) => words.has(term)).length;
  const whole = { documents: all.length + BEHIND, averageLength: 1, holders };
  const has = (term: string) => said.get(key)?.has(term) === true;
  return Math.max(coverageOf(question.asked, has, whole), coverageOf(question.words, has, whole));
}

function itemOf({ key, title, content, outcomes }: Text): StoredItem {
  const about = outcomes === undefined ? {} : { outcomes };
  const when = { createdAtMs: NOW_MS, updatedAtMs: NOW_MS };
  return { key, title, content, space: "shared", sharedWith: [], version: 1, ...when, ...about };
}

function sharedWords(asked: string, question: Question, said: ReadonlySet<string>): readonly string[] {
  const tells = (token: string) => said.has(token) && question.asked.has(token);
  const words = asked.match(/[\p{L}\p{N}_.:/-]+/gu) ?? [];
  return [...new Set(words.filter((word) => tokensOf(word).some(tells)).map((word) => word.replace(/[.:]+$/u, "")))];
}
