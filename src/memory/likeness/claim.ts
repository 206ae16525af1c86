import { EAST_ASIAN } from "../ranking/scripts.ts";
import { stem } from "../ranking/stem.ts";
import { meaningOf, negatingWords, sideOf, weakWords } from "./words.ts";

/** How a lesson speaks of one thing. */
export interface Mention {
  /** It says the opposite of it, or that it should not be. */
  readonly isDenied: boolean;
  /** Of a pair of opposites, which one; `undefined` for what has no opposite. */
  readonly isLeft?: boolean | undefined;
  /** Where it stands when the lesson says what comes before what. */
  readonly stage?: "early" | "late" | undefined;
}

/** What a lesson says, as far as two lessons can be compared. */
export interface Claim {
  readonly mentions: ReadonlyMap<string, Mention>;
  readonly numbers: ReadonlySet<string>;
  /** Something in it is denied. */
  readonly denies: boolean;
}

const SENTENCE = /[.!?;:。！？；]+(?=\s|$|\P{ASCII})|\n+/u;
const CLAUSE = /[,，、()（）]+|\bbut\b|\binstead of\b|\brather than\b/u;
const WORD = /\p{Script=Han}+|[\p{L}\p{M}\p{N}_./-]*[\p{L}\p{M}\p{N}_]/gu;
const HAN = new RegExp(`^[${EAST_ASIAN}]+$`, "v");
const HAN_WEAK = /时候|如果|[的了就要应该会能可以当才也都把将在是有，]/gu;
const HAN_DENIES = /不要|不能|不得|不可|不应|切勿|禁止|避免|无法|别|勿|不|没有|无/u;

/** Reads what a lesson says. `polarity` is the lesson's own: `avoid` denies all of it. */
export function claimOf(text: string, polarity: "do" | "avoid" = "do"): Claim {
  const mentions = new Map<string, Mention>();
  const numbers = new Set<string>();
  for (const sentence of text.normalize("NFKC").split(SENTENCE)) {
    for (const { words, stage } of stagesOf(sentence)) {
      for (const { word, isDenied } of wordsOf(words)) {
        if (/^\d/.test(word)) numbers.add(word);
        const meaning = meaningOf(word);
        const side = sideOf(meaning);
        const name = side?.dimension ?? meaning;
        if (!mentions.has(name))
          mentions.set(name, { isDenied: isDenied !== (polarity === "avoid"), isLeft: side?.isLeft, stage });
      }
    }
  }
  return { mentions, numbers, denies: [...mentions.values()].some(({ isDenied }) => isDenied) };
}

interface Part {
  readonly words: string;
  readonly stage?: Mention["stage"];
}

/** The parts of a sentence that says what comes first. */
function stagesOf(sentence: string): readonly Part[] {
  const han = /^(.*?)(之前|以前|之后|以后|后|前)(?=[^\p{P}]|\p{P})(.+)$/u.exec(sentence);
  if (han?.[1] && HAN_TEXT.test(sentence)) {
    const isBefore = /前/u.test(han[2] ?? "");
    return [
      { words: han[1], stage: isBefore ? "late" : "early" },
      { words: (han[3] ?? "").replaceAll(/先|再|然后/gu, " "), stage: isBefore ? "early" : "late" },
    ];
  }
  const inTurn = /先(.+?)[，,]?(?:再|然后)(.+)$/u.exec(sentence);
  if (inTurn !== null)
    return [
      { words: inTurn[1] ?? "", stage: "early" },
      { words: inTurn[2] ?? "", stage: "late" },
    ];
  for (const marker of ["before", "after", "until", "once"]) {
    const at = new RegExp(`\\b${marker}\\b`, "iu").exec(sentence);
    if (at === null) continue;
    const [main, sub] = divided(sentence, at.index, marker.length);
    const mainIsEarly = marker === "before";
    const said = marker === "until" ? main.replace(/\b(?:do not|don't|never)\b/iu, " ") : main;
    return [
      { words: said, stage: mainIsEarly ? "early" : "late" },
      { words: sub, stage: mainIsEarly ? "late" : "early" },
    ];
  }
  return [{ words: sentence }];
}

const HAN_TEXT = new RegExp(`[${EAST_ASIAN}]`, "v");

/** What is said, and what it is to come before or after. */
function divided(sentence: string, at: number, length: number): readonly [string, string] {
  const [head, tail] = [sentence.slice(0, at), sentence.slice(at + length)];
  if (head.trim() !== "") return [head, tail];
  const comma = tail.search(/[,，]/u);
  return comma === -1 ? [tail, ""] : [tail.slice(comma + 1), tail.slice(0, comma)];
}

function* wordsOf(part: string): Iterable<{ readonly word: string; readonly isDenied: boolean }> {
  const pieces = part.replaceAll(/\b(instead of|rather than)\b/giu, ", not ").split(CLAUSE);
  for (const piece of pieces) {
    let denied = false;
    const found: string[] = [];
    for (const [run] of piece.replaceAll(/n['’]t\b/gu, " not").matchAll(WORD)) {
      if (HAN.test(run)) {
        for (const said of hanWords(run, denied)) yield said;
        continue;
      }
      const word = wordOf(run);
      if (negatingWords.has(word)) {
        denied = true;
        continue;
      }
      if (weakWords.has(word)) continue;
      found.push(word);
      for (const name of partsOf(word)) yield { word: name, isDenied: denied };
    }
  }
}

/** `retried` and `retry` meet; `read-only` is one word. */
function wordOf(run: string): string {
  return stem(
    run
      .toLowerCase()
      .replace(/^(read)-(only)$/u, "$1$2")
      .replace(/([^aeiou])ied$/u, "$1y"),
  );
}

/** `100mb` is a number and its unit. */
function partsOf(word: string): readonly string[] {
  const [, number, unit] = /^(\d+)([a-z]+)$/u.exec(word) ?? [];
  return number === undefined || unit === undefined ? [word] : [number, unit];
}

function* hanWords(run: string, denied: boolean): Iterable<{ readonly word: string; readonly isDenied: boolean }> {
  const [before = "", ...rest] = run.split(HAN_DENIES);
  const after = rest.join("");
  for (const [text, isDenied] of [
    [before, denied],
    [after, denied || rest.length > 0],
  ] as const)
    for (const sequence of text.split(HAN_WEAK)) {
      const characters = Array.from(sequence);
      if (characters.length === 1) yield { word: sequence, isDenied };
      for (let at = 0; at + 1 < characters.length; at += 1)
        yield { word: `${characters[at] ?? ""}${characters[at + 1] ?? ""}`, isDenied };
    }
}
