import { stem } from "./stem.ts";

/** English words that hold a sentence together. A question is not about them; negations are left out on purpose. */
const words = `a an and are as at be been being by can could did do does doing done for from had has have having how i if in into
is it its me my of on or our shall should so that the their them then there these they this those to us was we were what when
where which while who whom whose why will with would you your`;

const functionWords: ReadonlySet<string> = new Set(words.split(/\s+/u).map(stem));

/** The tokens of a question without those words; all of them when nothing else is asked. */
export function tellingTokens(tokens: readonly string[]): readonly string[] {
  const telling = tokens.filter((token) => !functionWords.has(token));
  return telling.length === 0 ? tokens : telling;
}
