/** What an example's `aios` is called with: its words as a shell splits them, up to a pipe, redirection or bracket. */
export function wordsOfExample(example: string): readonly string[] {
  const start = /(?:^|[\s(])aios\b/.exec(example);
  if (start === null) throw new Error(`no command in: ${example}`);
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (const character of example.slice(start.index + start[0].length)) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      else word = `${word ?? ""}${character}`;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if ("|>;&)".includes(character)) {
      // The number of a stream that is redirected belongs to the redirection.
      if (character === ">" && /^\d$/.test(word ?? "")) word = undefined;
      break;
    } else word = `${word ?? ""}${character}`;
  }
  if (quote !== undefined) throw new Error(`a quote stays open in: ${example}`);
  return word === undefined ? words : [...words, word];
}
