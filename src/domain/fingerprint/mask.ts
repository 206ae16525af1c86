import { isPlain } from "./dictionary.ts";
import { errnoNames } from "./errno.ts";
import { emptyWords, fileEndings, hostEndings, tellingKeys, valueWords } from "./names.ts";
import type { Token, ValueName } from "./tokens.ts";
import { Values } from "./values.ts";

const SPACE = /\s/u;
const ASCII_SPACE = " \t\n\v\f\r";
const HAN_RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/uy;
/** The characters of a text that has no others are told apart much faster. */
const ASCII_ONLY = /^[ -~\s]*$/;
const LETTER = String.raw`(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}_$]`;
const WORD_RUN = runOf(LETTER);
const ASCII_RUN = runOf("[A-Za-z0-9_$]");

function runOf(letter: string): RegExp {
  return new RegExp(
    `${letter}(?:${letter}|(?:[.\\-/@#+\\\\]|::)(?=${letter})|['’](?=(?:t|s|re|ve|ll|d|m)(?![\\p{L}\\p{N}])))*`,
    "uy",
  );
}

/** What closes an opening quote. A straight quote closes only where no letter follows. */
const QUOTED: ReadonlyMap<string, RegExp> = new Map([
  ['"', /"((?:[^"\\\n]|\\.){0,600})"/uy],
  ["'", /'((?:[^'\\\n]|\\.){0,600})'(?![\p{L}\p{N}])/uy],
  ["`", /`([^`\n]{0,600})[`'](?![\p{L}\p{N}])/uy],
  ["“", /“([^“”\n]{0,600})”/uy],
  ["‘", /‘([^‘’\n]{0,600})’/uy],
  ["「", /「([^「」\n]{0,600})」/uy],
  ["『", /『([^『』\n]{0,600})』/uy],
  ["《", /《([^《》\n]{0,600})》/uy],
]);
/** Quotes are looked into at most this deep, which also bounds the work on hostile text. */
const DEEPEST_QUOTE = 3;

/** Every piece of `text` in order, with what is obviously a value recognised as one. */
export function mask(text: string): readonly Token[] {
  return maskMembers(lex(text, 0));
}

/** A text being taken apart. */
interface Source {
  readonly text: string;
  readonly depth: number;
  readonly isAscii: boolean;
  readonly values: Values;
}

function lex(text: string, depth: number): Token[] {
  const source: Source = { text, depth, isAscii: ASCII_ONLY.test(text), values: new Values(text) };
  const tokens: Token[] = [];
  let at = 0;
  let glued = false;
  while (at < text.length) {
    if (isSpace(text.charAt(at))) {
      at += 1;
      glued = false;
      continue;
    }
    at = take(source, at, glued, tokens);
    glued = true;
  }
  return tokens;
}

function isSpace(character: string): boolean {
  return character <= "~" ? ASCII_SPACE.includes(character) : SPACE.test(character);
}

/** Adds the pieces that begin at `at` to `tokens`, and gives where they end. */
function take(source: Source, at: number, glued: boolean, tokens: Token[]): number {
  const found = source.values.at(at);
  if (found !== undefined) {
    tokens.push({ kind: "value", as: found.as, text: source.text.slice(at, found.end), glued });
    return found.end;
  }
  return takeQuote(source, at, glued, tokens) ?? takeWord(source, at, glued, tokens);
}

function takeQuote({ text, depth }: Source, at: number, glued: boolean, tokens: Token[]): number | undefined {
  const quoted = QUOTED.get(text.charAt(at));
  if (quoted === undefined) return undefined;
  quoted.lastIndex = at;
  const found = quoted.exec(text);
  if (found === null) return undefined;
  const inside = found[1] ?? "";
  const end = at + found[0].length;
  if (depth < DEEPEST_QUOTE && isProse(inside)) {
    const content = lex(inside, depth + 1).map((token, index) => (index === 0 ? { ...token, glued: true } : token));
    tokens.push({ kind: "punctuation", text: text.charAt(at), glued });
    tokens.push(...content, { kind: "punctuation", text: text.charAt(end - 1), glued: true });
  } else tokens.push({ kind: "value", as: "str", text: found[0], glued });
  return end;
}

const HAN = /\p{Script=Han}/u;

function isProse(text: string): boolean {
  if (/^[~.]{0,2}[\\/]|^[A-Za-z]:[\\/]/.test(text)) return false;
  if (HAN.test(text)) return text.length >= 8 && !/[\\/]/.test(text);
  return text.split(/[\s,.:;]+/, 60).filter((word) => word !== "" && isPlain(word)).length >= 3;
}

function takeWord({ text, isAscii }: Source, at: number, glued: boolean, tokens: Token[]): number {
  const han = isAscii ? undefined : matchAt(HAN_RUN, text, at);
  if (han !== undefined) {
    tokens.push({ kind: "word", text: han, glued });
    return at + han.length;
  }
  const run = matchAt(isAscii ? ASCII_RUN : WORD_RUN, text, at);
  if (run === undefined) {
    const symbol = String.fromCodePoint(text.codePointAt(at) ?? 0);
    tokens.push({ kind: "punctuation", text: symbol, glued });
    return at + symbol.length;
  }
  const end = at + run.length;
  takeRun(run, text.charAt(end), glued, tokens);
  return end;
}

function matchAt(sticky: RegExp, text: string, at: number): string | undefined {
  sticky.lastIndex = at;
  return sticky.exec(text)?.[0];
}

/** Names of exceptions and their like. */
export const EXCEPTION = /(?:Exception|Error|Errors|Fault|Failure|Warning|Panic|Interrupt|Timeout|Iteration|Exit)$/;
const LETTERS_ONLY = /^[\p{L}\p{M}]+(?:['’]\p{L}{1,2})?$/u;
const CAMEL = /\p{Ll}\p{Lu}/u;
const DIGIT = /\p{N}/u;
const OPENS_VALUE = new Set(["=", ":", "(", "[", ",", "<"]);
const SMALL_LETTERS = /^[a-z]+$/;
const HAS_PARTS = /[.:$\\/]/;
const TWO_WORDS = /^[\p{L}'’]+\/[\p{L}'’]+$/u;
const HYPHENATED = /^\p{L}+(?:-\p{L}+)+$/u;
const HOST = /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+$/;

/** What a run is: a value by its name, `name` where its last part alone counts, `pair` where it is two words. */
type RunKind = ValueName | "word" | "identifier" | "name" | "pair";

/** Takes a run of letters, digits and inner signs. */
function takeRun(run: string, following: string, glued: boolean, tokens: Token[]): void {
  const kind = kindOf(run, following, tokens.at(-1));
  if (kind === "word" || kind === "identifier") tokens.push({ kind, text: run, glued });
  else if (kind === "name") tokens.push({ kind: "word", text: lastPart(run), glued });
  else if (kind === "pair") {
    const [one = "", other = ""] = run.split("/");
    tokens.push({ kind: "word", text: one, glued });
    tokens.push({ kind: "punctuation", text: "/", glued: true }, { kind: "word", text: other, glued: true });
  } else tokens.push({ kind: "value", as: kind, text: run, glued });
}

/** The first rule that fits decides. */
function kindOf(run: string, following: string, before: Token | undefined): RunKind {
  const lower = run.toLowerCase();
  if (valueWords.has(lower)) return lower === "localhost" ? "host" : "none";
  // In "x.go:7: undefined: rows" it is what is wrong, not a value.
  const isEmpty = emptyWords.has(lower) && following !== ":";
  if (isEmpty && before?.kind === "punctuation" && OPENS_VALUE.has(before.text)) return "none";
  // No rule below makes anything else of small letters.
  if (SMALL_LETTERS.test(run)) return "word";
  if (errnoNames.has(run)) return "word";
  const name = lastPart(run);
  const hasDigit = DIGIT.test(run);
  if (EXCEPTION.test(name) && !(hasDigit && DIGIT.test(name))) return "name";
  if (hasDigit) return following === "(" && isFunctionName(run) ? "word" : digitsAre(run);
  if (following === "(") return "word";
  if (LETTERS_ONLY.test(run)) return CAMEL.test(run) ? "identifier" : "word";
  if (TWO_WORDS.test(run)) return "pair";
  if (HYPHENATED.test(run)) return "word";
  const ending = lower.slice(lower.lastIndexOf(".") + 1);
  if (ending !== lower && HOST.test(run) && hostEndings.has(ending)) return "host";
  if (ending !== lower && fileEndings.has(ending)) return "file";
  return run.split(/[\\/]/, 3).length === 3 ? "path" : "identifier";
}

/** Of `java.io.IOException` the `IOException`. */
function lastPart(run: string): string {
  return HAS_PARTS.test(run) ? run.slice(run.search(/[^.:$\\/]+$/)) : run;
}

function isFunctionName(run: string): boolean {
  return /^[\p{L}_$][\p{L}\p{N}_$.:]*$/u.test(run);
}

function digitsAre(run: string): ValueName {
  const lower = run.toLowerCase();
  const ending = lower.slice(lower.lastIndexOf(".") + 1);
  if (ending !== lower && fileEndings.has(ending)) return "file";
  if (ending !== lower && HOST.test(run) && hostEndings.has(ending)) return "host";
  return run.includes("/") ? "path" : "id";
}

const MEMBER_END = /^[,;)\]}&|>]$/;

/** In `key=value` the value is a value whatever it looks like, unless its key says that it tells what failed. */
function maskMembers(tokens: readonly Token[]): readonly Token[] {
  const out: Token[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token === undefined) break;
    out.push(token);
    const [before, first] = [out.at(-2), tokens[index + 1]];
    if (
      !isEquals(token) ||
      before === undefined ||
      !isMaskedKey(before) ||
      first === undefined ||
      !first.glued ||
      isEnd(first)
    )
      continue;
    let last = index + 1;
    for (let next = tokens[last + 1]; next?.glued === true && !isEnd(next); next = tokens[last + 1]) last += 1;
    if (last === index + 1 && first.kind === "punctuation") continue;
    const text = tokens
      .slice(index + 1, last + 1)
      .map((part) => part.text)
      .join("");
    out.push(last === index + 1 && first.kind === "value" ? first : { kind: "value", as: "value", text, glued: true });
    index = last;
  }
  return out;
}

function isEquals(token: Token): boolean {
  return token.kind === "punctuation" && token.text === "=" && token.glued;
}

function isMaskedKey(token: Token): boolean {
  if (token.kind !== "word" && token.kind !== "identifier") return false;
  return !tellingKeys.has(token.text.slice(token.text.search(/[^.\-_]*$/)).toLowerCase());
}

function isEnd(token: Token): boolean {
  return token.kind === "punctuation" && MEMBER_END.test(token.text);
}
