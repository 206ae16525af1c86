import type { StoredItem } from "../item.ts";
import type { Audience } from "./audiences.ts";
import type { Question } from "./question.ts";

/** How well an item answers a text by its words and by its character sequences, each 1 for the best answer. */
export interface LexicalMatch {
  readonly item: StoredItem;
  readonly words: number;
  readonly grams: number;
}

export interface LexicalRequest {
  /** Nothing unseen moves a score. */
  readonly sees: (item: Audience) => boolean;
  /** Which of those seen may be answers. */
  readonly fits: (item: StoredItem) => boolean;
  /** At least so many of the best, and all that come near the last of them. */
  readonly atLeast: number;
  /** How near: a share of its score, 0 to 1. */
  readonly near: number;
  /** Of those that fit some that are wanted however little they share with the question. */
  readonly also?: readonly StoredItem[];
}

/** What a question is ranked over: an index of everything, or the candidates that a server found. */
export interface Findable {
  /** The items that share a word or a character sequence with the question, in no promised order. */
  search(question: Question, request: LexicalRequest): readonly LexicalMatch[];
  /** How much of what the question's words tell the item has, 0 to 1; see `coverageOf`. */
  coverage(question: Question, item: StoredItem, sees: (item: Audience) => boolean): number;
  /** The distinct words of an item as numbers in rising order, which can be compared with another item's. */
  termsOf(item: StoredItem): Uint32Array;
}
