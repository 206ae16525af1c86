import { STAR } from "./points.ts";

/** A template with places opened. */
export interface Opened {
  readonly template: readonly string[];
  /** Where the stars of those places stand now. */
  readonly positions: readonly number[];
}

/** Words with those at `places` stars; runs of stars become one. */
export function opened(words: readonly string[], places: readonly number[]): Opened {
  const template: string[] = [];
  const positions: number[] = [];
  words.forEach((word, index) => {
    const isOpened = places.includes(index);
    const next = isOpened ? STAR : word;
    if (next !== STAR || template.at(-1) !== STAR) template.push(next);
    if (isOpened) positions.push(template.length - 1);
  });
  return { template, positions };
}

/** How many words a template keeps. */
export function keptIn(template: readonly string[]): number {
  return template.filter((word) => word !== STAR).length;
}
