import type { EventBus, Publishable } from "../events/bus.ts";
import type { AnyEvent } from "../events/envelope.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Output } from "../machines/output.ts";
import type { UnderWay } from "./under-way.ts";

export interface AnnouncementsDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly underWay: UnderWay;
}

interface Pending {
  readonly draft: Publishable;
  readonly actor: string;
  readonly sequence: number;
}

/**
 * Journals what actors conclude. Each conclusion carries a key derived from the event that led to it, so it is journaled
 * once, also over a crash: during replay it waits until the journal turns out to have it, or not.
 */
export class Announcements {
  readonly #deps: AnnouncementsDeps;
  readonly #pending = new Map<string, Pending>();
  /** The newest event whose announcement by an actor is in the journal: whatever the actor wanted before is there too. */
  readonly #announcedUpTo = new Map<string, number>();
  #live = false;
  #stopped = false;

  constructor(deps: AnnouncementsDeps) {
    this.#deps = deps;
  }

  /** `index` is the place of the output among those of the same step. */
  announce(
    actor: string,
    output: Extract<Output, { type: "announce" }>,
    index: number,
    cause: AnyEvent | undefined,
  ): void {
    const key =
      output.key === undefined ? `${actor}#${cause?.sequence ?? 0}#${index}` : `${output.event}:${output.key}`;
    const from = output.cause ?? cause;
    const draft = {
      type: output.event,
      data: output.data,
      idempotencykey: key,
      ...(output.subject === undefined ? {} : { subject: output.subject }),
      ...(output.severity === undefined ? {} : { severity: output.severity }),
      ...(from === undefined ? {} : { cause: from }),
    } as Publishable;
    if (this.#live) this.publish(draft);
    else this.#pending.set(key, { draft, actor, sequence: cause?.sequence ?? 0 });
  }

  /** Journals what the host itself has to say; never forgotten, and keyed by the caller. */
  publish(draft: Publishable): void {
    this.#deps.underWay.track(this.#insist(draft));
  }

  /** During replay: the event may be what an actor had announced. */
  recognise(event: AnyEvent): void {
    if (this.#live || event.idempotencykey === undefined) return;
    const pending = this.#pending.get(event.idempotencykey);
    if (pending === undefined) return;
    this.#pending.delete(event.idempotencykey);
    this.#announcedUpTo.set(pending.actor, pending.sequence);
  }

  /** Ends the replay and journals, in order, what was announced but not written before a crash. */
  async goLive(): Promise<void> {
    const lost = [...this.#pending.values()].filter(
      ({ actor, sequence }) => sequence > (this.#announcedUpTo.get(actor) ?? 0),
    );
    this.#pending.clear();
    this.#live = true;
    for (const { draft } of lost) await this.#insist(draft);
  }

  /** What the journal refuses from now on is given up. */
  stop(): void {
    this.#stopped = true;
  }

  /** While the journal cannot be written it tries again, never forgets. */
  async #insist(draft: Publishable): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.bus.publish(draft);
        return;
      } catch (failure) {
        if (this.#stopped) return;
        this.#deps.log.warn("an announcement waits for the journal", {
          type: draft.type,
          attempt,
          failure: messageOf(failure),
        });
        await pause(this.#deps.clock, Math.min(250 * attempt, 5000));
      }
    }
  }
}
