import { isFixed, isLabel, isPlainWord, STAR } from "./points.ts";

/** Atoms of fewer or more words are only ever equal. */
const FEWEST = 2;
const MOST = 40;

/** Whether an atom of these words may be one failure with others that are not equal. */
export function isComparable({ length }: readonly string[]): boolean {
  return length >= FEWEST && length <= MOST;
}

/** Sets of places of which it is asked what else stood there: each that may vary alone, then those that may together. */
export function* placesAsked(words: readonly string[]): Iterable<readonly number[]> {
  const kinds = words.map(kindOf);
  for (const position of words.keys()) if (mayVary(kinds, position)) yield [position];
  yield* placesVaryingTogether(kinds);
}

/** `prose` and labels alone say little, `fixed` ones never vary. */
type WordKind = "star" | "fixed" | "label" | "prose" | "name";

function kindOf(word: string): WordKind {
  if (word === STAR) return "star";
  if (isFixed(word)) return "fixed";
  if (isLabel(word)) return "label";
  return isPlainWord(word) ? "prose" : "name";
}

/** Opening a small word between stars would swallow a template. */
function mayVary(kinds: readonly WordKind[], position: number): boolean {
  const kind = kinds[position];
  if (kind === undefined || kind === "star" || kind === "fixed") return false;
  const stars = Number(kinds[position - 1] === "star") + Number(kinds[position + 1] === "star");
  return stars === 0 || (stars === 1 && kind === "name");
}

/** Those of names, in pairs where there are few, and all at once. */
function placesVaryingTogether(kinds: readonly WordKind[]): readonly (readonly number[])[] {
  const names = kinds.flatMap((kind, position) => (kind === "name" ? [position] : []));
  if (names.length < 2) return [];
  const pairs = names.length > 4 ? [] : names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b]));
  return names.length > 2 ? [...pairs, names] : pairs;
}
