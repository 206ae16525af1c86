import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";

const LONG_WORD = /[A-Za-z]{5,}/g;

/** The text with half of its words of five or more letters misspelt: two neighbours swapped or one letter left out. */
export function withTypos(text: string, seed: number): string {
  const chance = new SeededEntropy(seed);
  const words = [...text.matchAll(LONG_WORD)].map(({ index }) => index);
  const order = words.map((at) => ({ at, by: chance.random() })).sort((a, b) => a.by - b.by);
  const hit = new Set(order.slice(0, Math.ceil(words.length / 2)).map(({ at }) => at));
  return text.replace(LONG_WORD, (word, at: number) => (hit.has(at) ? misspelt(word, chance) : word));
}

function misspelt(word: string, chance: SeededEntropy): string {
  const at = Math.floor(chance.random() * (word.length - 1));
  const [before, first, second, after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
  return chance.random() < 0.5 ? `${before}${second}${first}${after}` : `${before}${second}${after}`;
}
