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
    return { kind: "bad", why: failure instanceof Error ? failure.message : String(failure) };
  }
}
