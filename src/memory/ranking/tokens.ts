import { EAST_ASIAN, PLAIN } from "./scripts.ts";
import { stem } from "./stem.ts";

const WORD = String.raw`\p{L}\p{M}\p{N}_`;
/** East Asian runs stand alone, before anything else is read: `\p{L}+` would swallow them with their Latin neighbours. */
const PIECE = new RegExp(
  String.raw`([${EAST_ASIAN}]+)|([[${WORD}]--[${EAST_ASIAN}]][[${WORD}.:\/\\@'’#$+\-]--[${EAST_ASIAN}]]*)`,
  "gv",
);
/** The same of a plain text. */
const PLAIN_PIECE = /[\w][\w.:/\\@'#$+-]*/g;
/** A piece that is nothing but a word, and one that is written small as well. */
const PLAIN_WORD = /^[A-Za-z]?[a-z]+$/;
const SMALL_WORD = /^[a-z]+$/;
const PART = /[\p{L}\p{M}]+|\p{N}+/gu;
const HUMP = /(\p{Ll}|\p{N})(?=\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu;
const EDGE = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu;
const POSSESSIVE = /['’]s$/u;
/** A whole longer than this is no name that somebody types. */
const LONGEST_WHOLE = 64;

/** Made with the first East Asian text: reading its dictionary takes 10 ms, which no start should wait for. */
let segmenter: Intl.Segmenter | undefined;

/**
 * The words of a text as they are compared: compatibility forms folded, lower case, English endings taken off. Names as
 * programs write them (camelCase, snake_case, paths, error codes) count whole and in their parts; East Asian text counts by
 * words and by pairs of characters.
 */
export function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  if (PLAIN.test(text)) {
    for (const piece of text.match(PLAIN_PIECE) ?? []) addName(piece, tokens);
    return tokens;
  }
  for (const [, han, other] of text.normalize("NFKC").matchAll(PIECE)) {
    if (han !== undefined) addHan(han, tokens);
    else if (other !== undefined) addName(other, tokens);
  }
  return tokens;
}

function addHan(run: string, tokens: string[]): void {
  segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
  for (const { segment } of segmenter.segment(run)) tokens.push(segment);
  const characters = Array.from(run);
  for (let index = 0; index + 1 < characters.length; index += 1) {
    tokens.push(`${characters[index] ?? ""}${characters[index + 1] ?? ""}`);
  }
}

function addName(piece: string, tokens: string[]): void {
  if (PLAIN_WORD.test(piece)) {
    tokens.push(stem(SMALL_WORD.test(piece) ? piece : piece.toLowerCase()));
    return;
  }
  const name = piece.replace(EDGE, "").replace(POSSESSIVE, "");
  const parts = name.replace(HUMP, "$1$2 ").match(PART) ?? [];
  for (const part of parts) tokens.push(stem(part.toLowerCase()));
  if (parts.length > 1 && name.length <= LONGEST_WHOLE) tokens.push(name.toLowerCase());
}
