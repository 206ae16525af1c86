import { SeededEntropy } from "./seeded-entropy.ts";

/** A source of chance of its own for each name: what one part of the world draws changes nothing for another. */
export function chanceOf(seed: number, name: string): SeededEntropy {
  // FNV-1a over seed and name; 32 bits are all that the generator has.
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${name}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return new SeededEntropy(hash >>> 0);
}

/** A gap between events that come at random, `meanMs` apart on average; at least a millisecond. */
export function gapMs(chance: SeededEntropy, meanMs: number): number {
  return Math.max(1, Math.round(-Math.log(1 - chance.random()) * meanMs));
}

/** A duration with a long tail: half of them below `medianMs`, about one in forty above seven times that. */
export function durationMs(chance: SeededEntropy, medianMs: number): number {
  const [u, v] = [1 - chance.random(), chance.random()];
  return Math.max(1, Math.round(medianMs * Math.exp(Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v))));
}

export function between(chance: SeededEntropy, least: number, most: number): number {
  return Math.floor(least + chance.random() * (most - least));
}

export interface Weighted<T> {
  readonly value: T;
  /** Its share of the sum of all weights. */
  readonly weight: number;
}

export function pick<T>(chance: SeededEntropy, choices: readonly [Weighted<T>, ...Weighted<T>[]]): T {
  let left = chance.random() * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const { value, weight } of choices) {
    left -= weight;
    if (left < 0) return value;
  }
  return choices[0].value;
}
