import type { Column } from "./slots.ts";

/** Places of a message at which other words stood in messages that are equal otherwise. */
export interface Beside {
  readonly template: readonly string[];
  /** Evidence that each place needs before it varies; infinite where nothing else would be left to say. */
  readonly need: number;
  /** One for each place; several vary together. */
  readonly columns: readonly Column[];
  /** Whether the places were found to vary: a message with any words there is that failure. */
  readonly varies: boolean;
  /** The failures that those other messages are. */
  readonly others: readonly string[];
}

/** How a message stands among those that were seen, and why it is the failure that it is. */
export interface Standing {
  /** The id that it has, or would have. */
  readonly id: string;
  /** Whether a message with these very words was seen. */
  readonly isSeen: boolean;
  /** Messages so short or long are only ever equal. */
  readonly isComparable: boolean;
  /** The strongest evidence comes first. */
  readonly beside: readonly Beside[];
}

/** How near the weakest of the places is to varying; 1 and more suffices. */
export function nearnessOf({ columns, need }: Pick<Beside, "columns" | "need">): number {
  return Math.min(...columns.map(({ evidence }) => evidence)) / need;
}
