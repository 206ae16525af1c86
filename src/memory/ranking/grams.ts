import { EAST_ASIAN, PLAIN } from "./scripts.ts";

const RUN = new RegExp(`([${EAST_ASIAN}]+)|[^${EAST_ASIAN}]+`, "gv");
const BETWEEN_WORDS = /[^\p{L}\p{N}]+/gu;
const BETWEEN_PLAIN_WORDS = /[^a-z0-9]+/g;

/** A sequence as the piece of a run of text that it is, so that nobody has to cut it out who only compares. */
export type VisitGram = (run: string, from: number, to: number) => void;

/**
 * Sequences of neighbouring characters: 3 and 4 across words and the single spaces between them, 1 to 3 in East Asian text.
 * They survive typing errors and endings that no stemmer knows.
 */
export function gramsOf(text: string): readonly string[] {
  const grams: string[] = [];
  eachGram(text, (run, from, to) => grams.push(run.slice(from, to)));
  return grams;
}

/** The sequences of `gramsOf`, one by one and uncut. */
export function eachGram(text: string, visit: VisitGram): void {
  if (PLAIN.test(text)) {
    if (text !== "") visitGrams(spaced(text.toLowerCase(), BETWEEN_PLAIN_WORDS), 3, 4, visit);
    return;
  }
  for (const [run, eastAsian] of text.normalize("NFKC").toLowerCase().matchAll(RUN)) {
    if (eastAsian !== undefined) visitGrams(run, 1, 3, visit);
    else visitGrams(spaced(run, BETWEEN_WORDS), 3, 4, visit);
  }
}

function spaced(run: string, between: RegExp): string {
  return ` ${run.replace(between, " ").trim()} `;
}

/** Counts in UTF-16 units: a rare character beyond them is cut alike in query and text. */
function visitGrams(run: string, shortest: number, longest: number, visit: VisitGram): void {
  for (let length = shortest; length <= longest; length += 1) {
    for (let at = 0; at + length <= run.length; at += 1) visit(run, at, at + length);
  }
}
