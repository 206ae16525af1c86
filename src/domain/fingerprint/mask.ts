import { isPlain } from "./dictionary.ts";
import { errnoNames } from "./errno.ts";
import { emptyWords, fileEndings, hostEndings, tellingKeys, valueWords } from "./names.ts";
import type { Token, ValueName } from "./tokens.ts";
import { valueAt } from "./values.ts";

const SPACE = /\s/u;
const HAN_RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー]+/uy;
const LETTER = String.raw`(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}_$]`;
const WORD_RUN = new RegExp(
  `${LETTER}(?:${LETTER}|(?:[.\\-/@#+\\\\]|::)(?=${LETTER})|['’](?=(?:t|s|re|ve|ll|d|m)(?![\\p{L}\\p{N}])))*`,
  "uy",
);

/** Opening quotes with what closes them. A straight quote closes only where no letter follows. */
const QUOTES: readonly (readonly [open: string, quoted: RegExp])[] = [
  ['"', /"((?:[^"\\\n]|\\.){0,600})"/uy],
  ["'", /'((?:[^'\\\n]|\\.){0,600})'(?![\p{L}\p{N}])/uy],
  ["`", /`([^`\n]{0,600})[`'](?![\p{L}\p{N}])/uy],
  ["“", /“([^“”\n]{0,600})”/uy],
  ["‘", /‘([^‘’\n]{0,600})’/uy],
  ["「", /「([^「」\n]{0,600})」/uy],
  ["『", /『([^『』\n]{0,600})』/uy],
  ["《", /《([^《》\n]{0,600})》/uy],
];
/** Quotes are looked into at most this deep, which also bounds the work on hostile text. */
const DEEPEST_QUOTE = 3;

/** Every piece of `text` in order, with what is obviously a value recognised as one. */
export function mask(text: string): readonly Token[] {
  return maskMembers(lex(text, 0));
}

function lex(text: string, depth: number): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let glued = false;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) {
      at += 1;
      glued = false;
      continue;
    }
    const next =
      valueToken(text, at, glued) ?? quoteTokens(text, at, glued, depth) ?? wordToken(text, at, glued, tokens.at(-1));
    tokens.push(...next.tokens);
    at = next.end;
    glued = true;
  }
  return tokens;
}

interface Step {
  readonly tokens: readonly Token[];
  readonly end: number;
}

function valueToken(text: string, at: number, glued: boolean): Step | undefined {
  const found = valueAt(text, at);
  if (found === undefined) return undefined;
  return { tokens: [{ kind: "value", as: found.as, text: text.slice(at, found.end), glued }], end: found.end };
}

function quoteTokens(text: string, at: number, glued: boolean, depth: number): Step | undefined {
  const quote = QUOTES.find(([open]) => text.startsWith(open, at));
  if (quote === undefined) return undefined;
  quote[1].lastIndex = at;
  const found = quote[1].exec(text);
  if (found === null) return undefined;
  const inside = found[1] ?? "";
  const end = at + found[0].length;
  if (depth < DEEPEST_QUOTE && isProse(inside)) {
    const open: Token = { kind: "punctuation", text: text.charAt(at), glued };
    const close: Token = { kind: "punctuation", text: text.charAt(end - 1), glued: true };
    const content = lex(inside, depth + 1).map((token, index) => (index === 0 ? { ...token, glued: true } : token));
    return { tokens: [open, ...content, close], end };
  }
  return { tokens: [{ kind: "value", as: "str", text: found[0], glued }], end };
}

const HAN = /\p{Script=Han}/u;

function isProse(text: string): boolean {
  if (/^[~.]{0,2}[\\/]|^[A-Za-z]:[\\/]/.test(text)) return false;
  if (HAN.test(text)) return text.length >= 8 && !/[\\/]/.test(text);
  return text.split(/[\s,.:;]+/, 60).filter((word) => word !== "" && isPlain(word)).length >= 3;
}

function wordToken(text: string, at: number, glued: boolean, before: Token | undefined): Step {
  HAN_RUN.lastIndex = at;
  const han = HAN_RUN.exec(text);
  if (han !== null) return { tokens: [{ kind: "word", text: han[0], glued }], end: at + han[0].length };
  WORD_RUN.lastIndex = at;
  const run = WORD_RUN.exec(text)?.[0];
  if (run === undefined) {
    const symbol = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return { tokens: [{ kind: "punctuation", text: symbol, glued }], end: at + symbol.length };
  }
  const end = at + run.length;
  return { tokens: readWord(run, text.charAt(end), glued, before), end };
}

/** Names of exceptions and their like. */
export const EXCEPTION = /(?:Exception|Error|Errors|Fault|Failure|Warning|Panic|Interrupt|Timeout|Iteration|Exit)$/;
const LETTERS_ONLY = /^[\p{L}\p{M}]+(?:['’]\p{L}{1,2})?$/u;
const CAMEL = /\p{Ll}\p{Lu}/u;
const DIGIT = /\p{N}/u;
const OPENS_VALUE = new Set(["=", ":", "(", "[", ",", "<"]);
const TWO_WORDS = /^([\p{L}'’]+)\/([\p{L}'’]+)$/u;
const HYPHENATED = /^\p{L}+(?:-\p{L}+)+$/u;
const HOST = /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+$/;

/** What a run of letters, digits and inner signs is: the first rule that fits decides. */
function readWord(run: string, following: string, glued: boolean, before: Token | undefined): readonly Token[] {
  const word = (text: string): Token => ({ kind: "word", text, glued });
  const value = (as: ValueName): Token => ({ kind: "value", as, text: run, glued });
  const lower = run.toLowerCase();
  if (valueWords.has(lower)) return [value(lower === "localhost" ? "host" : "none")];
  // In "x.go:7: undefined: rows" it is what is wrong, not a value.
  const isEmpty = emptyWords.has(lower) && following !== ":";
  if (isEmpty && before?.kind === "punctuation" && OPENS_VALUE.has(before.text)) return [value("none")];
  if (errnoNames.has(run)) return [word(run)];
  const name = run.slice(run.search(/[^.:$\\/]+$/));
  if (EXCEPTION.test(name) && !DIGIT.test(name)) return [word(name)];
  if (DIGIT.test(run)) return following === "(" && isFunctionName(run) ? [word(run)] : [value(digitsAre(run))];
  if (following === "(") return [word(run)];
  if (LETTERS_ONLY.test(run)) return [CAMEL.test(run) ? { kind: "identifier", text: run, glued } : word(run)];
  const pair = TWO_WORDS.exec(run);
  if (pair !== null)
    return [
      word(pair[1] ?? ""),
      { kind: "punctuation", text: "/", glued: true },
      { kind: "word", text: pair[2] ?? "", glued: true },
    ];
  if (HYPHENATED.test(run)) return [word(run)];
  const ending = lower.slice(lower.lastIndexOf(".") + 1);
  if (ending !== lower && HOST.test(run) && hostEndings.has(ending)) return [value("host")];
  if (ending !== lower && fileEndings.has(ending)) return [value("file")];
  if (run.split(/[\\/]/, 3).length === 3) return [value("path")];
  return [{ kind: "identifier", text: run, glued }];
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
