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
  for (const position of words.keys()) if (mayVary(words, position)) yield [position];
  yield* placesVaryingTogether(words);
}

/** Opening a small word between stars would swallow a template. */
function mayVary(words: readonly string[], position: number): boolean {
  const word = words[position];
  if (word === undefined || word === STAR || isFixed(word)) return false;
  const stars = Number(words[position - 1] === STAR) + Number(words[position + 1] === STAR);
  return stars === 0 || (stars === 1 && !isLabel(word) && !isPlainWord(word));
}

/** Those of names, in pairs where there are few, and all at once. */
function placesVaryingTogether(words: readonly string[]): readonly (readonly number[])[] {
  const names = words.flatMap((word, position) =>
    word === STAR || isLabel(word) || isFixed(word) || isPlainWord(word) ? [] : [position],
  );
  if (names.length < 2) return [];
  const pairs = names.length > 4 ? [] : names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b]));
  return names.length > 2 ? [...pairs, names] : pairs;
}
