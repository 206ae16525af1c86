import { RE2JS } from "re2js";

/** Text beyond this many characters is not looked at: event text has no natural bound. */
const INPUT_LIMIT = 65_536;

export type Regex =
  | { readonly kind: "ok"; readonly test: (text: string) => boolean }
  | { readonly kind: "bad"; readonly why: string };

/** Compiles an RE2 pattern: its matching time is linear in the text, whatever the pattern. */
export function compileRegex(pattern: string, ignoreCase: boolean): Regex {
  try {
    const compiled = RE2JS.compile(pattern, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    return { kind: "ok", test: (text) => compiled.test(text.slice(0, INPUT_LIMIT)) };
  } catch (failure) {
    const why = failure instanceof Error ? failure.message : String(failure);
    return { kind: "bad", why: `${why}; ${adviceOn(why)}` };
  }
}

function adviceOn(why: string): string {
  if (why.includes("too large")) return "count less often, or compare with `in` or `contains`";
  return "the syntax is RE2's, without back-references and looking around";
}

/** `(a+)+` and its like: a repeated group of nothing but one repeated atom. */
const REPEATED =
  /(?<!\\)\((?:\?:)?(?<atom>\\.|\[(?:\\.|[^\]\\])+\]|[^\\()[\]|*+?{}^$])(?<inner>[+*]|\{\d+,\})\)(?<outer>[+*]|\{\d+,\})/;

const CLASS = /\[(?:\\.|[^\]\\])+\]/g;

/**
 * A repeat of a repeat, for which engines that backtrack need exponential time. It is matched in linear time here, but it
 * says no more than the repeat alone, and would do harm wherever else the pattern is used.
 */
export function repeatOfRepeat(pattern: string): { readonly found: string; readonly instead: string } | undefined {
  const match = REPEATED.exec(pattern.replaceAll(CLASS, (text) => (text.includes("(") ? "[x]" : text)));
  if (match?.groups === undefined) return undefined;
  const { atom = "", inner = "", outer = "" } = match.groups;
  const sign = inner === "+" && outer === "+" ? "+" : inner.length + outer.length === 2 ? "*" : "+ or *";
  return { found: match[0], instead: `${atom}${sign}` };
}
