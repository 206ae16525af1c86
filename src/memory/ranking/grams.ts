import { EAST_ASIAN } from "./scripts.ts";

const RUN = new RegExp(`([${EAST_ASIAN}]+)|[^${EAST_ASIAN}]+`, "gv");
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu;

/**
 * Sequences of neighbouring characters: 3 and 4 across words and the single spaces between them, 1 to 3 in East Asian text.
 * They survive typing errors and endings that no stemmer knows.
 */
export function gramsOf(text: string): readonly string[] {
  const grams: string[] = [];
  for (const [run, eastAsian] of text.normalize("NFKC").toLowerCase().matchAll(RUN)) {
    if (eastAsian !== undefined) addGrams(run, 1, 3, grams);
    else addGrams(` ${run.replace(BETWEEN_WORDS, " ").trim()} `, 3, 4, grams);
  }
  return grams;
}

/** Counts in UTF-16 units: a rare character beyond them is cut alike in query and text. */
function addGrams(run: string, shortest: number, longest: number, grams: string[]): void {
  for (let length = shortest; length <= longest; length += 1) {
    for (let at = 0; at + length <= run.length; at += 1) grams.push(run.slice(at, at + length));
  }
}
