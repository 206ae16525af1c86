import { confidenceOf, type StoredItem, type StoredLink } from "./item.ts";
import type { Signals } from "./ranking/ranked.ts";

/** An item as readers get it. */
export type MemoryItem = Omit<StoredItem, "sharedWith" | "version" | "confidence" | "feedback"> & {
  /** From 0 to 1: what was stated and what people said of it, moved by verified outcomes. */
  readonly confidence: number;
  readonly version: number;
  /** With whom it was shared; only its own readers are told. */
  readonly sharedWith?: readonly string[];
  /** What people said of it; only its own readers are told. */
  readonly feedback?: StoredItem["feedback"];
};

export interface MemoryMatch extends MemoryItem {
  readonly score: number;
  /** What the score is the sum of. */
  readonly explain?: Signals;
}

export interface QueryAnswer {
  /** Best first. */
  readonly items: readonly MemoryMatch[];
  /** Names of the signals that made the scores. */
  readonly signals: readonly string[];
  /** What should be known about the answer, in words: that it comes from a part of the memory. */
  readonly note?: string;
}

export interface MemoryLink {
  readonly from: ItemName;
  readonly to: ItemName;
  readonly relation: string;
  readonly evidence?: readonly string[];
}

export interface ItemName {
  readonly key: string;
  readonly space: string;
}

export interface Neighbour {
  readonly item: MemoryItem;
  readonly depth: number;
  readonly via: MemoryLink;
}

export interface MemoryPath {
  readonly nodes: readonly MemoryItem[];
  readonly links: readonly MemoryLink[];
}

export function itemView(item: StoredItem, isOwn: boolean): MemoryItem {
  const { sharedWith, feedback, merged, absorbed, ...rest } = item;
  const own = { sharedWith, ...(feedback && { feedback }), ...(merged && { merged }), ...(absorbed && { absorbed }) };
  return { ...rest, confidence: confidenceOf(item), ...(isOwn ? own : {}) };
}

export function linkView(link: StoredLink): MemoryLink {
  const { from, to, relation, evidence } = link;
  return { from: nameOf(from), to: nameOf(to), relation, ...(evidence === undefined ? {} : { evidence }) };
}

function nameOf(id: string): ItemName {
  const slash = id.indexOf("/");
  return { space: id.slice(0, slash), key: id.slice(slash + 1) };
}
