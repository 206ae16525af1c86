import type { Snapshot } from "../../kernel/checkpointed.ts";
import type { Hash } from "../../kernel/hash.ts";
import { number, objectOf, row } from "../../kernel/shape.ts";
import { atomOf, templateOf } from "./atom.ts";
import { idOf, RULE_VERSION } from "./fingerprint.ts";
import type { GroupView } from "./group.ts";
import { type GroupBounds, groupBounds } from "./group-bounds.ts";
import type { Alias } from "./group-memory.ts";
import { FailureGroups } from "./groups.ts";
import { readGroups, writtenGroups } from "./groups-snapshot.ts";
import { headlineOf } from "./headline.ts";
import { mask } from "./mask.ts";
import { shownAs } from "./show.ts";
import type { Opening } from "./slots.ts";
import type { Standing } from "./standing.ts";
import type { ValueName } from "./tokens.ts";

/** Which failure a message speaks of, by all that was seen before it. */
export interface Recognised {
  /** The group's id as it is known now; `resolve` gives the one it has later. */
  readonly id: string;
  /** The same failure at the same place in the program; equals `id` where the text carries no trace. */
  readonly place: string;
  /** The own frames of the trace, nearest first, at most three; empty where the text carries none. */
  readonly frames: readonly string[];
  /** The message for people; it holds no value. */
  readonly template: string;
  readonly ruleVersion: number;
  /** Ids told before that this message showed to be one. */
  readonly aliases: readonly Alias[];
  /** Messages that were forgotten to make room for this one. */
  readonly forgotten: number;
}

/** A message taken apart. */
export interface Explained extends Standing {
  /** For people; it holds no value. */
  readonly template: string;
  /** What is compared: the words that are no values, each run of values a `*`. */
  readonly words: readonly string[];
  /** What was taken for a value in this message, in order. */
  readonly values: readonly { readonly as: ValueName; readonly text: string }[];
  readonly frames: readonly string[];
}

const saved = objectOf({ rules: number, groups: row<object>() });

/**
 * Recognises failures that differ in words, too: what fingerprints tell apart is joined by the evidence of other
 * messages. Total: any text is recognised; memory is bounded.
 */
export class FailureRecogniser {
  readonly #hash: Hash;
  readonly #bounds: GroupBounds;
  #groups: FailureGroups;
  /** Texts of groups, each good as long as the group has the template that it was made of. */
  readonly #shown = new WeakMap<GroupView, { readonly template: readonly string[]; readonly text: string }>();

  constructor(hash: Hash, bounds: GroupBounds = groupBounds) {
    this.#hash = hash;
    this.#bounds = bounds;
    this.#groups = new FailureGroups((atom) => idOf(atom, hash), bounds);
  }

  see(message: string): Recognised {
    const { text, frames } = headlineOf(message);
    const tokens = mask(text);
    const { id, aliases, forgotten } = this.#groups.see(atomOf(tokens), () => templateOf(tokens));
    const place = frames.length === 0 ? id : idOf([id, ...frames].join("\n"), this.#hash);
    return { id, place, frames, template: this.shown(id) ?? "", ruleVersion: RULE_VERSION, aliases, forgotten };
  }

  /** The id that `see` would give, without learning from the message. */
  idNow(message: string): string {
    return this.#groups.idNow(atomOf(mask(headlineOf(message).text)));
  }

  /** Why a message is the failure that it is, or would be; nothing is learned from it. */
  explain(message: string): Explained {
    const { text, frames } = headlineOf(message);
    const tokens = mask(text);
    const atom = atomOf(tokens);
    const values = tokens.flatMap((token) => (token.kind === "value" ? [{ as: token.as, text: token.text }] : []));
    return { ...this.#groups.standing(atom), template: templateOf(tokens), words: atom.split(" "), values, frames };
  }

  /** The same of a failure that was seen, by its first message; undefined when that was forgotten. */
  standing(id: string): Standing | undefined {
    const view = this.#groups.view(id);
    return view === undefined ? undefined : this.#groups.standing(view.oldest);
  }

  /** The id under which a failure is known now that was once told as `id`. */
  resolve(id: string): string {
    return this.#groups.resolve(id);
  }

  /** A group for people: the first message of it, words that proved to be values as `<*>`. */
  shown(id: string): string | undefined {
    const view = this.#groups.view(id);
    if (view === undefined) return undefined;
    const before = this.#shown.get(view);
    if (before?.template === view.template) return before.text;
    const text = shownAs(view);
    this.#shown.set(view, { template: view.template, text });
    return text;
  }

  /** Why messages of different words are one failure: for each place that was found to vary, what stood there. */
  openings(id: string): readonly Opening[] {
    return this.#groups.view(id)?.openings ?? [];
  }

  /** What it knows; nothing of it changes afterwards. */
  snapshot(): Snapshot {
    return { rules: RULE_VERSION, groups: writtenGroups(this.#groups.snapshot()) };
  }

  /** Knows what `snapshot` gave. What was learned by other rules is of no use to these: it begins anew then. */
  restore(value: unknown, at: string): void {
    const { rules, groups } = saved(value, at);
    const id = (atom: string) => idOf(atom, this.#hash);
    this.#groups =
      rules === RULE_VERSION
        ? FailureGroups.restore(id, readGroups(groups, `${at}.groups`), this.#bounds)
        : new FailureGroups(id, this.#bounds);
  }

  /** Knows nothing again. */
  clear(): void {
    this.#groups = new FailureGroups((atom) => idOf(atom, this.#hash), this.#bounds);
  }
}
