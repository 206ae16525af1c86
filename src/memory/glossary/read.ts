import { AiosError } from "../../kernel/errors.ts";
import type { GlossaryEntry } from "./glossary.ts";

const HAN = /\p{Script=Han}/u;
const LATIN = /\p{Script=Latin}/u;

/**
 * Reads `超时 = timeout, timed out`, one meaning a line; several words a side are parted by commas, lines that begin with `#`
 * are skipped. Throws `config.invalid` that names `file`, the line and what is wrong with it.
 */
export function readGlossary(text: string, file: string): readonly GlossaryEntry[] {
  return text.split(/\r?\n/u).flatMap((line, index) => {
    if (line.trim() === "" || line.trimStart().startsWith("#")) return [];
    const fault = (what: string) =>
      new AiosError("config.invalid", `${file}:${String(index + 1)}: ${what}; a line reads 超时 = timeout, timed out`);
    const [left, right, ...more] = line.split("=");
    if (left === undefined || right === undefined || more.length > 0) throw fault("one `=` parts the two languages");
    const [chinese, english] = [wordsOf(left), wordsOf(right)];
    if (chinese.length === 0 || !chinese.every((word) => HAN.test(word)))
      throw fault("left of the `=` stand Chinese words");
    if (english.length === 0 || !english.every((word) => LATIN.test(word) && !HAN.test(word)))
      throw fault("right of the `=` stand English words");
    return [{ chinese, english }];
  });
}

function wordsOf(side: string): readonly string[] {
  return side
    .normalize("NFKC")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
