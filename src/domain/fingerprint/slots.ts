import { evidenceOf, isPlainWord, needOf, placeAfter, pointsOf, STAR } from "./points.ts";

/** Places of a template at which words may vary: one, or several that vary together. */
export interface Slot {
  readonly template: readonly string[];
  readonly positions: readonly number[];
}

/** An atom that fits a slot, and its words at the slot's positions. */
export interface Entry {
  readonly atom: string;
  readonly words: readonly string[];
}

/** What stood at one position, and what it counted. */
export interface Column {
  readonly position: number;
  readonly values: readonly { readonly word: string; readonly points: number }[];
  readonly evidence: number;
}

/** Why a slot was opened. */
export interface Opening {
  readonly template: readonly string[];
  readonly need: number;
  readonly columns: readonly Column[];
}

/** Atoms that must differ in several places at once before those are variable, unless one has a value in all of them. */
const ATOMS_FOR_SEVERAL = 3;

/** Why the slot may be opened, or undefined while the evidence does not suffice. */
export function openingOf(
  { template, positions }: Slot,
  entries: readonly Entry[],
  isKnownValue: (word: string) => boolean,
): Opening | undefined {
  const isSeen = entries.some(({ words }) => words.every((word) => word === STAR));
  if (entries.length < (positions.length > 1 && !isSeen ? ATOMS_FOR_SEVERAL : 2)) return undefined;
  const need = needOf(template);
  const columns: Column[] = [];
  for (const index of positions.keys()) {
    const column = columnOf({ template, positions }, index, entries, isKnownValue);
    if (column.values.length < 2 || column.evidence < need) return undefined;
    columns.push(column);
  }
  return { template, need, columns };
}

/** What stands at one position of a slot, and how much it says that the position varies. */
export function columnOf(
  { template, positions }: Slot,
  index: number,
  entries: readonly Entry[],
  isKnownValue: (word: string) => boolean,
): Column {
  const position = positions[index] ?? 0;
  const words = new Set(entries.map((entry) => entry.words[index] ?? STAR));
  const values = [...words].map((word) => ({ word, ...pointsOf(word, isKnownValue) }));
  const evidence = evidenceOf(
    values,
    placeAfter(template.slice(Math.max(0, position - 2), position)),
    needOf(template),
  );
  return { position, values: values.map(({ word, points }) => ({ word, points })), evidence };
}

/** Values that one place of an opening remembers. */
const MOST_VALUES = 64;

/** Openings that know what stood at a place since it was opened. */
export function widened(
  openings: readonly Opening[],
  { template, positions }: Slot,
  words: readonly string[],
  isKnownValue: (word: string) => boolean,
): readonly Opening[] {
  const text = template.join(" ");
  const at = openings.findIndex(
    (one) =>
      one.columns.length === positions.length &&
      one.columns.every(({ position }, column) => position === positions[column]) &&
      one.template.join(" ") === text,
  );
  const opening = openings[at];
  if (opening === undefined) return openings;
  const columns = opening.columns.map((column, index): Column => {
    const word = words[index] ?? STAR;
    if (column.values.length >= MOST_VALUES || column.values.some((value) => value.word === word)) return column;
    const { points } = pointsOf(word, isKnownValue);
    return { ...column, values: [...column.values, { word, points }] };
  });
  return openings.with(at, { ...opening, columns });
}

/** Words that stood in an opened place and are names: elsewhere they are values too. */
export function namesAmong(words: readonly string[]): readonly string[] {
  return words.filter((word) => word !== STAR && !isPlainWord(word));
}
