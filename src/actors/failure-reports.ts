import type { Publishable } from "../events/bus.ts";
import type { AnyEvent } from "../events/envelope.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { announce } from "../machines/output.ts";
import type { Announcements } from "./announcements.ts";
import type { Overdue } from "./effects.ts";
import type { Resident } from "./residents.ts";
import type { Mishap } from "./step.ts";

/** What is journaled of an effect that does not end. */
export function overdueEvent({ actor, effect, runningMs, cause }: Overdue): Publishable {
  const { name, key } = effect;
  return {
    type: "actor.effect_overdue",
    subject: actor,
    idempotencykey: `actor.effect_overdue:${actor}/${key}/${cause.id}`,
    data: { actor, effect: name, key, runningMs },
    cause,
  };
}

/** Says in log and journal what failed among those who hear events. */
export class FailureReports {
  readonly #log: Log;
  readonly #announcements: Announcements;

  constructor(log: Log, announcements: Announcements) {
    this.#log = log;
    this.#announcements = announcements;
  }

  /** @param hearing sequence of the event that is being heard: the same event may fail an actor again at its restart */
  failed({ id, kind }: Resident, event: AnyEvent, { reason, message }: Mishap, hearing: number): void {
    const { sequence, type } = event;
    this.#log.error("an actor failed", { actor: id, sequence, type, reason, failure: message });
    const data = { actor: id, machine: kind.machine.id, eventSequence: sequence, eventType: type, reason, message };
    const key = `${id}/${sequence}/${hearing}`;
    // Under a name of its own: what the actor itself announced later does not prove that this is in the journal.
    this.#announcements.announce(`host/${key}`, announce("actor.failed", data, { subject: id, key }), 0, event);
  }

  /** What belongs to a kind or reflex may throw: it is reported, and the others go on. */
  guard(subscriber: string, event: AnyEvent, act: () => void): void {
    try {
      act();
    } catch (failure) {
      const message = messageOf(failure);
      const { sequence } = event;
      this.#log.error("a reader of events failed", { subscriber, sequence, failure: message });
      // A report about a report would never end.
      if (event.type === "subscriber.failed") return;
      const data = { subscriber, message, failedSequence: sequence };
      const key = `${subscriber}/${sequence}`;
      this.#announcements.announce(`host/${key}`, announce("subscriber.failed", data, { key }), 0, event);
    }
  }
}
