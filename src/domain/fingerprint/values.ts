import type { ValueName } from "./tokens.ts";

interface ValueShape {
  readonly as: ValueName;
  /** Every character that the shape may begin with. */
  readonly begins: string;
  /** What every text that holds such a value holds somewhere; looked for once a text. */
  readonly needs?: string;
  /** Sticky; every quantifier over an open-ended class is bounded or ends at a delimiter, so that matching stays linear. */
  readonly shape: RegExp;
}

const END = String.raw`(?![\p{L}\p{N}_])`;
const CLOCK = String.raw`\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?`;
/** Abbreviations of zones by name: any other capitals after a time are words of the message. */
const ZONE_NAMES = [
  "UTC|GMT|WET|WEST|CET|CEST|EET|EEST|MSK|TRT|IST|PKT|ICT|WIB|HKT|SGT|CST|KST|JST|AWST|ACST|ACDT|AEST|AEDT|NZST|NZDT",
  "BST|SAST|EAT|WAT|BRT|ART|NST|AST|ADT|EST|EDT|CDT|MST|MDT|PST|PDT|AKST|AKDT|HST",
].join("|");
const ZONE = String.raw`(?:Z|\s?(?:${ZONE_NAMES})${END}|\s?[+-]\d{2}:?\d{2}(?!\d))?`;
const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}";
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}";
const FRACTION = String.raw`(?:[.,:]\d{1,30}){0,12}`;
const UNIT = [
  "[numµ]?s|sec(?:ond)?s?|min(?:ute)?s?|h|hrs?|hours?|days?|weeks?|months?|years?|millis(?:econds?)?|milliseconds?|microseconds?|nanos(?:econds?)?",
  "[kKMGTP]?i?[bB](?:it|yte)?s?|bytes?|[kMGTP]i?B/s|[kMGT]?bps|[kKMGT]?Hz|[KMG]|%|°C|px|pct|percent|ops|rpm|rps|qps",
].join("|");
const HAN_UNIT = "毫秒|微秒|秒钟?|分钟?|小时|天|周|个月|月|年|次|个|条|行|字节|页|台|人|元|度|号|位|倍|块|篇|份|项|名";

const DIGITS = "0123456789";
const HEX = `${DIGITS}abcdefABCDEF`;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const COMPARED = "<>~≈≥≤";

/** In order: the first that fits wins. */
export const valueShapes: readonly ValueShape[] = [
  {
    as: "url",
    begins: LETTERS,
    needs: "://",
    shape: /[A-Za-z][A-Za-z0-9+.-]{1,15}:\/\/[^\s"'<>`，。；（）「」]+/uy,
  },
  {
    as: "email",
    begins: LETTERS + DIGITS,
    needs: "@",
    shape: /[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/uy,
  },
  {
    as: "time",
    begins: `${DIGITS}ADFJMNOSTW`,
    needs: ":",
    shape: new RegExp(
      `(?:${DAY},? )?(?:${MONTH} {1,2}\\d{1,2}|\\d{1,2} ${MONTH})(?:,? \\d{4})?,? ${CLOCK}${ZONE}(?: \\d{4})?(?!\\d)|${DAY} ${MONTH} {1,2}\\d{1,2} ${CLOCK}`,
      "uy",
    ),
  },
  {
    as: "time",
    begins: DIGITS,
    shape: new RegExp(`\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}(?:(?:[T _:]|, ?)${CLOCK}${ZONE})?${END}`, "uy"),
  },
  {
    as: "time",
    begins: DIGITS,
    needs: "年",
    shape:
      /\d{4}年\d{1,2}月\d{1,2}[日号]?(?:\s?\d{1,2}[时点](?:\d{1,2}分)?(?:\d{1,2}秒)?|\s?\d{1,2}:\d{2}(?::\d{2})?)?/uy,
  },
  {
    as: "uuid",
    begins: HEX,
    needs: "-",
    shape: new RegExp(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}${END}`, "uy"),
  },
  { as: "mac", begins: HEX, shape: new RegExp(`[0-9a-fA-F]{2}(?:[:-][0-9a-fA-F]{2}){5}${END}`, "uy") },
  {
    as: "ip",
    begins: `[:${HEX}`,
    needs: ":",
    shape:
      /\[?(?:(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}|::1?)\]?(?::\d{1,5})?(?![\p{L}\p{N}_:])/uy,
  },
  {
    as: "ip",
    begins: DIGITS,
    needs: ".",
    shape: /\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?(?::\d{1,5})?(?![\p{L}\p{N}_.]*\p{N})/uy,
  },
  {
    as: "path",
    begins: `\\${LETTERS}`,
    shape:
      /(?:[A-Za-z]:[\\/]|\\\\[\w.$-]{1,64}\\)(?:[^\s\\/:*?"'<>|,;()[\]]{1,128}(?: [^\s\\/:*?"'<>|,;()[\]]{1,64}){0,3}[\\/]{1,2}){0,40}[^\s\\/:*?"'<>|,;()[\]]{0,128}/uy,
  },
  {
    as: "path",
    begins: "~./",
    needs: "/",
    shape: /(?:~|\.{1,2})?\/(?=[\p{L}\p{N}_.@~$%-])[^\s"'`<>|,;:()[\]{}=*?，。；：（）「」“”]+/uy,
  },
  {
    as: "num",
    begins: `${COMPARED}+-0`,
    shape: new RegExp(`[${COMPARED}]?[+-]?0[xX][0-9a-fA-F]{1,64}${END}`, "uy"),
  },
  {
    as: "num",
    begins: `${COMPARED}+-${DIGITS}`,
    shape: new RegExp(
      `[${COMPARED}]{0,2}[+-]?\\d{1,40}${FRACTION}(?:[eE][+-]?\\d{1,4})?(?: ?(?:${UNIT})(?![\\p{L}\\p{N}_/-])| ?(?:${HAN_UNIT})|(?![\\p{L}\\p{N}_]))`,
      "uy",
    ),
  },
  { as: "num", begins: DIGITS, shape: new RegExp(`\\d{1,40}${FRACTION}(?=\\p{Script=Han})`, "uy") },
];

const NONE: readonly ValueShape[] = [];
const BEGINNING: ReadonlyMap<string, readonly ValueShape[]> = new Map(
  [...new Set(valueShapes.flatMap(({ begins }) => begins.split("")))].map((character) => [
    character,
    valueShapes.filter(({ begins }) => begins.includes(character)),
  ]),
);
const NEEDED: readonly string[] = [
  ...new Set(valueShapes.flatMap(({ needs }) => (needs === undefined ? [] : [needs]))),
];
const TRAILING = /[.,;:!?)\]}'"]$/;

/** The values of one text. */
export class Values {
  readonly #text: string;
  readonly #missing: readonly string[];

  constructor(text: string) {
    this.#text = text;
    this.#missing = NEEDED.filter((part) => !text.includes(part));
  }

  /** The value that begins at `from`, or `undefined`. Punctuation that ends a sentence is no part of it. */
  at(from: number): { readonly as: ValueName; readonly end: number } | undefined {
    for (const { as, needs, shape } of BEGINNING.get(this.#text.charAt(from)) ?? NONE) {
      if (needs !== undefined && this.#missing.includes(needs)) continue;
      shape.lastIndex = from;
      const found = shape.exec(this.#text);
      if (found === null || found[0] === "") continue;
      return { as, end: from + (as === "url" || as === "path" ? trimmedLength(found[0]) : found[0].length) };
    }
    return undefined;
  }
}

function trimmedLength(text: string): number {
  let end = text.length;
  while (end > 1 && TRAILING.test(text.charAt(end - 1))) end -= 1;
  return end;
}
