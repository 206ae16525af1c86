import type { Publishable } from "../../events/bus.ts";
import { catalog, isKnown } from "../../events/catalog.ts";
import { type AnyEvent, ENGINE, stamp, type UserEvent } from "../../events/envelope.ts";

/** So many imagined events find room between two of the journal. */
const BETWEEN = 1e6;

/** Makes events that did not happen: they stand between those that did, in the order in which they are made. */
export class Imagination {
  #count = 0;
  #after = 0;
  #since = 0;

  /** The next ones stand after this one. */
  follow({ sequence }: AnyEvent): void {
    this.#after = sequence;
    this.#since = 0;
  }

  event(draft: Publishable, atMs: number): AnyEvent {
    const id = `imagined-${++this.#count}`;
    const { cause } = draft;
    const event = {
      specversion: "1.0",
      id,
      source: ENGINE,
      type: draft.type,
      ...stamp(atMs),
      datacontenttype: "application/json",
      sequence: this.#after + ++this.#since / BETWEEN,
      severity: draft.severity ?? (isKnown(draft.type) ? catalog[draft.type].severity : "info"),
      principal: "engine",
      correlationid: cause?.correlationid ?? id,
      depth: cause === undefined ? 0 : cause.depth + 1,
      data: draft.data as UserEvent["data"],
      ...(draft.subject === undefined ? {} : { subject: draft.subject }),
      ...(cause === undefined ? {} : { causationid: cause.id }),
      ...(draft.idempotencykey === undefined ? {} : { idempotencykey: draft.idempotencykey }),
    } as const;
    return event as AnyEvent;
  }
}
