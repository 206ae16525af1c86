import type { Hash } from "../../kernel/hash.ts";
import { atomOf, templateOf } from "./atom.ts";
import { headlineOf } from "./headline.ts";
import { mask } from "./mask.ts";

/**
 * Raised whenever the same text may get another atom; lessons and counts are re-keyed then.
 * 2: capitals after a time are a zone only where they name one; `undefined:` and its like say what failed.
 * 3: a Rust panic is told by what it said, not by its backtrace.
 * 4: an error of Node is told by the last cause that it prints, one that a program ended with as if it had been told itself.
 */
export const RULE_VERSION = 4;

/** Which failure a message speaks of, whatever the paths, ids, numbers and names in it. */
export interface Fingerprint {
  /** 16 hex digits: SHA-256 over rule version and atom. Equal atoms have equal ids on every machine. */
  readonly id: string;
  /** The same failure at the same place in the program; equals `id` where the text carries no trace. */
  readonly place: string;
  /** The words that are no values, each value a `*`. */
  readonly atom: string;
  /** For people: the message with its values as `<path>`, `<num>` and so on. It holds no value. */
  readonly template: string;
  readonly ruleVersion: number;
}

/** Recognises a failure by its text. Total: any text has a fingerprint, in time linear in what is looked at (20,000 characters at most). */
export function fingerprintOf(message: string, hash: Hash): Fingerprint {
  const headline = headlineOf(message);
  const tokens = mask(headline.text);
  const atom = atomOf(tokens);
  const id = idOf(atom, hash);
  const place = headline.frames.length === 0 ? id : idOf([atom, ...headline.frames].join("\n"), hash);
  return { id, place, atom, template: templateOf(tokens), ruleVersion: RULE_VERSION };
}

/** Id of an atom, or of an atom and what narrows it down. */
export function idOf(text: string, hash: Hash): string {
  return hash.sha256(`${String(RULE_VERSION)}\n${text}`).slice(0, 16);
}
