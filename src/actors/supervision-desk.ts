import type { EventOf } from "../events/envelope.ts";
import { is } from "../events/envelope.ts";
import type { Hash } from "../kernel/hash.ts";
import { anything, listOf, objectOf, text } from "../kernel/shape.ts";
import type { Output } from "../machines/output.ts";
import { type Case, IncidentBook } from "./incident-book.ts";
import type { Reflex } from "./kind.ts";
import { RESIDENTS } from "./resident-book.ts";

const saved = objectOf({ book: anything, incomplete: listOf(text) });

/**
 * What a person is told of the engine's own parts: an incident for each actor that fails, over when it works again with
 * all of its events, and staying open where an event had to be left out or restarting no longer helps.
 */
export function supervisionDesk(hash: Hash): Reflex {
  const book = new IncidentBook();
  const known = book.as("supervision-desk.book");
  /** They went on without an event: that they are well does not make it good. */
  const incomplete = new Set<string>();
  const idOf = (what: string) => `incident-${hash.sha256(`supervision\n${what}`).slice(0, 12)}`;
  return {
    name: "supervision-desk",
    state: {
      name: "supervision-desk",
      version: 1,
      snapshot: () => ({ book: known.snapshot(), incomplete: [...incomplete] }),
      restore(value) {
        const { book: of, incomplete: actors } = saved(value, "supervision-desk");
        known.restore(of);
        incomplete.clear();
        for (const actor of actors) incomplete.add(actor);
      },
    },
    listens: [
      "actor.failed",
      "supervisor.recovered",
      "actor.event_skipped",
      "supervisor.escalated",
      "engine.stalled",
      "actor.effect_overdue",
      "incident.resolved",
      "incident.opened",
      "incident.reopened",
    ],
    hear(event): readonly Output[] {
      book.note(event);
      if (is(event, "actor.failed")) return book.report(idOf(event.data.actor), failed(event));
      if (is(event, "actor.event_skipped")) {
        incomplete.add(event.data.actor);
        return book.report(idOf(event.data.actor), skipped(event));
      }
      if (is(event, "actor.effect_overdue")) return book.report(idOf(`overdue ${event.data.actor}`), overdue(event));
      if (is(event, "engine.stalled")) return book.report(idOf(`stalled ${event.data.actor}`), stalled(event));
      if (is(event, "supervisor.escalated")) return book.report(idOf(event.data.supervisor), escalated(event));
      if (is(event, "supervisor.recovered") && !incomplete.has(event.data.supervisor))
        return book.resolve(idOf(event.data.supervisor), `${event.data.supervisor} has been well since its restart`);
      return [];
    },
  };
}

const engine = { kind: "host", id: "engine" } as const;

function failed({ data }: EventOf<"actor.failed">): Case {
  const { actor, reason, message, eventSequence, eventType } = data;
  return {
    title: `${actor} failed at ${eventType} and was quarantined`,
    severity: "error",
    target: engine,
    evidence: [`event ${eventSequence} (${eventType}): ${reason}, ${message}`],
    needsPerson: false,
  };
}

function skipped({ data }: EventOf<"actor.event_skipped">): Case {
  const { actor, eventSequence, eventType, failures, reason } = data;
  return {
    title: `${actor} goes on without event ${eventSequence} (${eventType})`,
    severity: "error",
    target: engine,
    evidence: [`left out after ${failures} failures: ${reason}`],
    needsPerson: true,
  };
}

function escalated({ data }: EventOf<"supervisor.escalated">): Case {
  const { supervisor, child, down, restarts, withinMs, reason } = data;
  return {
    title: `${child} stays down: ${restarts} restarts within ${withinMs} ms did not help`,
    severity: "critical",
    target: supervisor.startsWith(`${RESIDENTS}/`) ? { kind: "agent", id: child } : engine,
    evidence: [`supervisor ${supervisor}, down: ${down.join(", ")}`, reason],
    needsPerson: true,
  };
}

function stalled({ data }: EventOf<"engine.stalled">): Case {
  const { actor, what, blockedMs, ended } = data;
  return {
    title: `${actor} kept the engine's thread to itself`,
    severity: ended ? "critical" : "error",
    target: engine,
    evidence: [`${what}: ${blockedMs} ms${ended ? ", then the process was ended" : ""}`],
    needsPerson: true,
  };
}

function overdue({ data }: EventOf<"actor.effect_overdue">): Case {
  const { actor, effect, key, runningMs } = data;
  return {
    title: `${effect} of ${actor} does not end`,
    severity: "error",
    target: engine,
    evidence: [`${key} has been under way for ${runningMs} ms`],
    needsPerson: true,
  };
}
