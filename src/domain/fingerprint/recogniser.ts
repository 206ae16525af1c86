import type { Hash } from "../../kernel/hash.ts";
import { atomOf, templateOf } from "./atom.ts";
import { idOf, RULE_VERSION } from "./fingerprint.ts";
import { type Alias, FailureGroups, type GroupBounds, groupBounds } from "./groups.ts";
import { headlineOf } from "./headline.ts";
import { mask } from "./mask.ts";
import { explainOpening, shownAs } from "./show.ts";

/** Which failure a message speaks of, by all that was seen before it. */
export interface Recognised {
  /** The group's id as it is known now; `resolve` gives the one it has later. */
  readonly id: string;
  /** The same failure at the same place in the program; equals `id` where the text carries no trace. */
  readonly place: string;
  /** The message for people; it holds no value. */
  readonly template: string;
  readonly ruleVersion: number;
  /** Ids told before that this message showed to be one. */
  readonly aliases: readonly Alias[];
}

/**
 * Recognises failures that differ in words, too: what fingerprints tell apart is joined by the evidence of other
 * messages. Total: any text is recognised; memory is bounded.
 */
export class FailureRecogniser {
  readonly #hash: Hash;
  readonly #groups: FailureGroups;

  constructor(hash: Hash, bounds: GroupBounds = groupBounds) {
    this.#hash = hash;
    this.#groups = new FailureGroups((atom) => idOf(atom, hash), bounds);
  }

  see(message: string): Recognised {
    const { text, frames } = headlineOf(message);
    const tokens = mask(text);
    const { id, aliases } = this.#groups.see(atomOf(tokens), templateOf(tokens));
    const place = frames.length === 0 ? id : idOf([id, ...frames].join("\n"), this.#hash);
    return { id, place, template: this.shown(id) ?? "", ruleVersion: RULE_VERSION, aliases };
  }

  /** The id under which a failure is known now that was once told as `id`. */
  resolve(id: string): string {
    return this.#groups.resolve(id);
  }

  /** A group for people: the first message of it, words that proved to be values as `<*>`. */
  shown(id: string): string | undefined {
    const view = this.#groups.view(id);
    return view === undefined ? undefined : shownAs(view);
  }

  /** Why messages of different words are one failure, a sentence for each place that was found to vary. */
  explain(id: string): readonly string[] {
    return (this.#groups.view(id)?.openings ?? []).map(explainOpening);
  }
}
