import type { Leaf } from "./condition-form.ts";
import type { Matcher } from "./matcher.ts";
import type { Verdict } from "./operators.ts";

/**
 * What the rules of a set share: leaves that say the same at the same place are compiled once, and each is asked once
 * about an event, however many rules want to know. Events never change once they are there, so one that is asked about
 * again is still as it was.
 */
export class SharedLeaves {
  readonly #compiled = new Map<string, Matcher>();
  #event: unknown;
  #turn = 0;

  compiled(leaf: Leaf, wanted: boolean, compile: () => Matcher): Matcher {
    const key = JSON.stringify([leaf, wanted]);
    const known = this.#compiled.get(key);
    if (known !== undefined) return known;
    const made = compile();
    this.#compiled.set(key, made);
    return made;
  }

  /** `ask`, but once for each event. Only for what depends on the event alone. */
  oncePerEvent<F extends { readonly event: unknown }>(ask: (facts: F) => Verdict): (facts: F) => Verdict {
    let turn = 0;
    let verdict: Verdict = null;
    return (facts) => {
      if (facts.event !== this.#event) {
        this.#event = facts.event;
        this.#turn++;
      }
      if (turn !== this.#turn) {
        verdict = ask(facts);
        turn = this.#turn;
      }
      return verdict;
    };
  }
}
