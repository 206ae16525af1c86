import { opened } from "./collapse.ts";
import { rootOf } from "./group.ts";
import type { GroupMemory } from "./group-memory.ts";
import { needOf, STAR } from "./points.ts";
import { keyOf } from "./slot-book.ts";
import { type Column, columnOf } from "./slots.ts";
import { isComparable, placesAsked } from "./varying.ts";

/** Places that a message is explained by. */
const EXPLAINED = 16;

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

/** Why an atom is the failure that it is, or would be, by what is remembered. */
export function standingAmong(memory: GroupMemory, atom: string): Standing {
  const words = atom.split(" ");
  const comparable = isComparable(words);
  const beside = comparable ? [...placesAsked(words)].flatMap((places) => besideOf(memory, atom, words, places)) : [];
  const known = memory.find(atom);
  const joined = beside.flatMap(({ varies, others }) => (varies ? (memory.byId(others[0] ?? "") ?? []) : []));
  const [oldest] = joined.sort((a, b) => a.order - b.order);
  const id = known?.id ?? oldest?.id ?? memory.idNow(atom);
  const strongest = beside.sort((a, b) => Number(b.varies) - Number(a.varies) || nearnessOf(b) - nearnessOf(a));
  return { id, isSeen: known !== undefined, isComparable: comparable, beside: strongest.slice(0, EXPLAINED) };
}

function besideOf(
  memory: GroupMemory,
  atom: string,
  words: readonly string[],
  places: readonly number[],
): readonly Beside[] {
  const slot = opened(words, places);
  const state = memory.slots.get(keyOf(slot));
  if (state === undefined) return [];
  const own = { atom, words: places.map((place) => words[place] ?? STAR) };
  const held = state.kind === "open" ? [] : state.entries.filter((entry) => entry.atom !== atom);
  if (state.kind === "closed" && held.length === 0) return [];
  const ids = state.kind === "open" ? [rootOf(state.group).id] : held.map((entry) => memory.idNow(entry.atom));
  const columns = places.map((_, index) => columnOf(slot, index, [...held, own], memory.isName));
  const { template } = slot;
  return [{ template, need: needOf(template), columns, varies: state.kind === "open", others: [...new Set(ids)] }];
}
