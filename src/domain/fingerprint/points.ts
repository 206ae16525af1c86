import { isPlain } from "./dictionary.ts";
import { errnoNames } from "./errno.ts";
import { EXCEPTION } from "./mask.ts";
import { copulaWords, cueWords, modalWords, strongCueWords, tellingWords, tryingWords } from "./places.ts";

/** What stands where a value was masked. */
export const STAR = "*";

const CAPITALS = /^[A-Z]{2,}$/;
const HAN = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+$/u;
const LETTERS = /^[\p{L}\p{M}]+(?:['’]\p{L}{1,2})?$/u;
const CAMEL = /\p{Ll}\p{Lu}/u;

/** How much a word at a place says that the place is variable. */
export interface Points {
  readonly points: number;
  /** Weak points alone never open a place: they count for half of what is needed at most. */
  readonly weak: boolean;
}

/** Whether a word never varies: it says which failure this is. */
export function isFixed(word: string): boolean {
  const bare = bareOf(word);
  return EXCEPTION.test(bare) || errnoNames.has(bare);
}

export function isLabel(word: string): boolean {
  return word.endsWith(":");
}

/** A word without what the atom adds to it: the colon of a label, the brackets of a call. */
export function bareOf(word: string): string {
  if (word.endsWith(":")) return word.slice(0, -1);
  return word.endsWith("()") ? word.slice(0, -2) : word;
}

export function isPlainWord(word: string): boolean {
  return isPlain(bareOf(word));
}

/** Points of a word among others at its place, before the place itself is looked at. */
export function pointsOf(word: string, isKnownValue: (word: string) => boolean): Points {
  if (word === STAR) return { points: 6, weak: false };
  const bare = bareOf(word);
  const plain = isPlain(bare);
  if (isLabel(word)) return plain ? { points: 1, weak: true } : { points: isKnownValue(bare) ? 3.5 : 2.5, weak: false };
  if (!plain && isKnownValue(bare)) return { points: 6, weak: false };
  if (word.endsWith("()")) return { points: 3, weak: false };
  if (CAPITALS.test(bare)) return { points: 2, weak: true };
  if (plain) return { points: 1, weak: true };
  if (HAN.test(bare) || (LETTERS.test(bare) && !CAMEL.test(bare)) || isHyphenated(bare))
    return { points: 3, weak: false };
  return { points: 4, weak: false };
}

function isHyphenated(word: string): boolean {
  return word.includes("-") && word.split("-").every((part) => LETTERS.test(part));
}

/** What the words before a place say about it. */
export type Place = { readonly kind: "verb" | "telling" | "copula" } | { readonly kind: "open"; readonly cue: number };

/** @param before the words before the place, the nearest last. */
export function placeAfter(before: readonly string[]): Place {
  const word = before.at(-1);
  if (word === undefined || word === STAR) return { kind: "open", cue: 1 };
  const bare = bareOf(word).toLowerCase();
  if (modalWords.has(bare)) return { kind: "verb" };
  if (bare === "to" && tryingWords.has(bareOf(before.at(-2) ?? "").toLowerCase())) return { kind: "verb" };
  if (tellingWords.has(bare) || endsInOne(bare, tellingWords)) return { kind: "telling" };
  if (copulaWords.has(bare)) return { kind: "copula" };
  if (strongCueWords.has(bare) || endsInOne(bare, strongCueWords)) return { kind: "open", cue: 2 };
  if (isLabel(word) || cueWords.has(bare) || endsInOne(bare, cueWords)) return { kind: "open", cue: 1.5 };
  return { kind: "open", cue: 1 };
}

/** Chinese runs its words together: the last one counts. */
function endsInOne(run: string, words: ReadonlySet<string>): boolean {
  return HAN.test(run) && [1, 2, 3].some((length) => words.has(run.slice(-length)));
}

/** Evidence that a template needs before one of its places is variable: the more words it keeps, the less. */
export function needOf(template: readonly string[]): number {
  const kept = template.filter((word) => word !== STAR);
  const [only] = kept;
  // "* failed" says nothing: what failed is all there is to say.
  if (only === undefined || (kept.length === 1 && !isLabel(only) && isPlainWord(only))) return Number.POSITIVE_INFINITY;
  if (kept.length === 1) return 20;
  if (kept.length === 2) return 13;
  if (kept.length <= 5) return 10;
  return kept.length <= 9 ? 7.5 : 5;
}

/** Evidence of all that stood at a place. */
export function evidenceOf(values: Iterable<Points & { readonly word: string }>, place: Place, need: number): number {
  if (place.kind === "verb") return 0;
  const cue = place.kind === "open" ? place.cue : 1;
  let full = 0;
  let weak = 0;
  for (const { points, weak: isWeak, word } of values) {
    const little = place.kind === "telling" || (place.kind === "copula" && (word === STAR || points <= 3));
    if (little) weak += Math.min(points, 1);
    else if (isWeak) weak += points * cue;
    else full += points * cue;
  }
  return full + Math.min(weak, need / 2);
}
