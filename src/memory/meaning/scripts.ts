import { z } from "zod";

/** Scripts by the names that Unicode gives them. */
const scriptNames = [
  "Latin",
  "Greek",
  "Cyrillic",
  "Arabic",
  "Hebrew",
  "Devanagari",
  "Thai",
  "Han",
  "Hiragana",
  "Katakana",
  "Hangul",
] as const;
export type ScriptName = (typeof scriptNames)[number];

/** The scripts of the languages that a model has learned. */
export const knownScripts = z.union([z.literal("any"), z.array(z.enum(scriptNames)).min(1)]);
export type KnownScripts = "any" | readonly ScriptName[];

const LETTER = /\p{L}/gu;
const MOST_UNKNOWN = 0.3;

/**
 * Whether a text is for a model with these scripts: fewer than three of ten letters are of others. What a model makes of a
 * script that it has not learned is noise, and costs more than it brings.
 */
export function understands(scripts: KnownScripts, text: string): boolean {
  if (scripts === "any") return true;
  const known = new RegExp(`^[${scripts.map((name) => `\\p{Script=${name}}`).join("")}]$`, "u");
  const letters = text.normalize("NFKC").match(LETTER) ?? [];
  const unknown = letters.filter((letter) => !known.test(letter)).length;
  return unknown === 0 || unknown / letters.length < MOST_UNKNOWN;
}
