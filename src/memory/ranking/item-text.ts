import type { StoredItem } from "../item.ts";
import { gramsOf } from "./grams.ts";
import { tokensOf } from "./tokens.ts";

/** What of an item is searched. */
export function textOf(item: StoredItem): string {
  return [item.title, item.category, item.tags?.join(" "), item.content]
    .filter((part) => part !== undefined)
    .join("\n");
}

export interface Terms {
  readonly words: readonly string[];
  readonly grams: readonly string[];
}

/** The terms of a text as every backend counts them. */
export function termsOf(text: string): Terms {
  return { words: tokensOf(text), grams: gramsOf(text) };
}
