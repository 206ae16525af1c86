import { exemplarOf } from "../domain/fingerprint/exemplar.ts";
import { RULE_VERSION } from "../domain/fingerprint/fingerprint.ts";
import { type GroupBounds, groupBounds, younger } from "../domain/fingerprint/group-bounds.ts";
import type { Alias } from "../domain/fingerprint/group-memory.ts";
import { type Explained, FailureRecogniser, type Recognised } from "../domain/fingerprint/recogniser.ts";
import type { Opening } from "../domain/fingerprint/slots.ts";
import type { Standing } from "../domain/fingerprint/standing.ts";
import { inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import type { Hash } from "../kernel/hash.ts";
import { groupsOf, objectOf, pairOf, row, text } from "../kernel/shape.ts";

const saved = objectOf({
  recogniser: row<object>(),
  told: groupsOf(pairOf(text, text)),
  untold: groupsOf(pairOf(text, text)),
});

/** Whoever asks which failure something is. */
export interface Identity {
  /** The fingerprint of a message as everything seen so far has it; nothing is learned from asking. */
  idOf(message: string): string;
  /** The fingerprint that is used now for one that was used before. */
  resolve(fingerprint: string): string;
  /** For people: the message with its values masked; `undefined` where it is not known any more. */
  shown(fingerprint: string): string | undefined;
  /** Why a message is the failure that it is, or would be; nothing is learned from asking. */
  explain(message: string): Explained;
  /** The same of a failure that was seen, by its first message. */
  standing(fingerprint: string): Standing | undefined;
  /** What stood at the places that were found to vary. */
  openings(fingerprint: string): readonly Opening[];
}

/**
 * The one answer to "which failure is this". What recognises them learns from every message; that two fingerprints are
 * one failure counts for everybody from the moment the journal says it.
 */
export class FailureIdentity implements Identity {
  readonly #recogniser: FailureRecogniser;
  /** Aliases that are remembered. */
  readonly #most: number;
  #told = new Map<string, string>();
  /** Known here, and not yet in the journal. */
  #untold = new Map<string, string>();

  constructor(hash: Hash, bounds: GroupBounds = groupBounds) {
    this.#recogniser = new FailureRecogniser(hash, bounds);
    this.#most = bounds.aliases;
  }

  get rules(): number {
    return RULE_VERSION;
  }

  see(message: string): Recognised {
    const seen = this.#recogniser.see(message);
    for (const { from, to } of seen.aliases) this.#untold.set(from, to);
    return seen;
  }

  /** What the present rules call a failure of which nothing but its template is left. */
  renamed(template: string): string {
    return this.see(exemplarOf(template)).id;
  }

  /** The journal says that two are one. */
  adopt({ from, to }: Alias): void {
    this.#untold.delete(from);
    if (from === to) return;
    // The newest word counts: `to` is in use now, whatever had taken its place before.
    this.#told.delete(to);
    this.#told.set(from, to);
    this.#told = younger<[string, string], Map<string, string>>(this.#told, this.#most, (left) => new Map(left));
  }

  /** Aliases that the journal does not have. */
  untold(): readonly Alias[] {
    return [...this.#untold].map(([from, to]) => ({ from, to: this.#recogniser.resolve(to) }));
  }

  /** Fingerprints that are the same failure, the journal's word for it still to come. */
  alsoKnownAs(id: string): readonly string[] {
    return this.#untold.size === 0 ? [] : this.untold().flatMap(({ from, to }) => (to === id ? [from] : []));
  }

  idOf(message: string): string {
    return this.#recogniser.idNow(message);
  }

  resolve(fingerprint: string): string {
    let now = fingerprint;
    for (let next = this.#told.get(now); next !== undefined; next = this.#told.get(now)) now = next;
    return now;
  }

  shown(fingerprint: string): string | undefined {
    return this.#recogniser.shown(fingerprint);
  }

  explain(message: string): Explained {
    return this.#recogniser.explain(message);
  }

  standing(fingerprint: string): Standing | undefined {
    return this.#recogniser.standing(fingerprint);
  }

  openings(fingerprint: string): readonly Opening[] {
    return this.#recogniser.openings(fingerprint);
  }

  snapshot(): Snapshot {
    return {
      recogniser: this.#recogniser.snapshot(),
      told: inGroups([...this.#told]),
      untold: inGroups([...this.#untold]),
    };
  }

  /** @param value `undefined` in a checkpoint of an engine that recognised each message by itself */
  restore(value: unknown, at: string): void {
    this.#told = new Map();
    this.#untold = new Map();
    this.#recogniser.clear();
    if (value === undefined || value === null) return;
    const { recogniser, told, untold } = saved(value, at);
    this.#recogniser.restore(recogniser, `${at}.recogniser`);
    this.#told = new Map(told);
    this.#untold = new Map(untold);
  }
}
