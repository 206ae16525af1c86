import type { EventBus, Publishable } from "../events/bus.ts";
import type { Receipt } from "../events/envelope.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { AiosError, failures } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

export interface InsistDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the engine stops. */
  readonly signal: AbortSignal;
}

/**
 * Journals what has happened or was concluded: while the journal takes nothing, it waits and tries again, because what
 * is true stays true. The draft is made anew for each try. A stopping engine tries a few times more and then rejects;
 * whatever was under way counts as interrupted at the next start.
 */
export type Insist = (draft: () => Publishable) => Promise<Receipt>;

const STEP_MS = 250;
const LONGEST_MS = 5_000;
const LAST_TRIES = 4;

/** How long whoever the journal refused so many times waits before it asks again, in milliseconds. */
export function untilAgainMs(attempt: number): number {
  return Math.min(STEP_MS * attempt, LONGEST_MS);
}

export function insistence({ bus, clock, log, signal }: InsistDeps): Insist {
  return async (draft) => {
    let last = 0;
    for (let attempt = 1; ; attempt++) {
      const event = draft();
      try {
        return await bus.publish(event);
      } catch (failure) {
        if (signal.aborted) last += 1;
        if (!willPass(failure) || last > LAST_TRIES) throw failure;
        log.warn("an event waits for the journal", { type: event.type, attempt, failure: failure.message });
        await pause(clock, untilAgainMs(attempt));
      }
    }
  };
}

/** Trying again can help, as the table of failures says; a journal that was closed stays closed. */
function willPass(failure: unknown): failure is AiosError {
  return failure instanceof AiosError && failures[failure.code].retry === "later" && failure.code !== "engine.stopping";
}
