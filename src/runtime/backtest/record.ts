import { dispatcher } from "../../events/dispatch.ts";
import { type AnyEvent, type EventOf, is } from "../../events/envelope.ts";
import type { Glimpse } from "../../events/glimpse.ts";
import type { Decided, Plan } from "../../events/types/playbook.ts";
import { canonical } from "../../kernel/hash.ts";
import { targetKey } from "../../kernel/target.ts";

/** What was decided for one playbook and one event. */
export interface Verdict {
  readonly kind: "run" | "suppressed" | "refused";
  /** Why not. */
  readonly reason?: string;
  /** Of a run, the hash of its plan. */
  readonly plan?: string;
}

/** A decision as it stands in the journal. */
export interface Answered extends Verdict {
  readonly runId: string;
  readonly playbookId: string;
  /** As `targetKey` says it. */
  readonly target: string;
  readonly via: string;
  /** Of a run: what was to be done, how it was to be checked and what was to follow, whatever playbook said so. */
  readonly work: string;
  readonly sequence: number;
  readonly triggerSequence: number;
}

/** Where in the journal an event was decided about; one that was considered again after a crash has two. */
export interface DecidedAt {
  readonly calledAfter: number;
  readonly after: number;
  readonly atMs: number;
  readonly pulled: boolean;
  /** The last event that tells of it. */
  told: number;
}

/** From when on nobody can tell whether an engine that was ending still answered. */
export interface Ending {
  readonly sinceSequence: number;
  readonly sinceMs: number;
  /** The last event of that engine. */
  readonly sequence: number;
}

/** A playbook as one engine loaded it. */
export interface LoadedAs {
  readonly hash: string;
  readonly enabled: boolean;
  readonly sinceSequence: number;
}

type Answer = EventOf<"playbook.matched"> | EventOf<"playbook.suppressed"> | EventOf<"playbook.settled">;

/** Before its end an engine that is killed may have decided, and the journal never heard. */
const LAST_MS = 1_000;

/** What a journal says of the decisions that were made: read before they are made again, because they say where. */
export class RecordedDecisions {
  readonly answers = new Map<string, Answered>();
  /** Where an event was decided about, by its sequence. */
  readonly decisions = new Map<number, DecidedAt[]>();
  /** Where it was decided what follows in a chain, by the event that ended the run before. */
  readonly followed = new Map<string, DecidedAt>();
  readonly absences = new Set<string>();
  /** The event that told of a relapse, by run. */
  readonly relapses = new Map<string, string>();
  readonly endings: Ending[] = [];
  readonly loaded = new Map<string, LoadedAs[]>();
  /** How often playbooks were loaded. */
  loads = 0;
  readonly summary = { events: 0, firstSequence: 0, lastSequence: 0, firstAtMs: 0, lastAtMs: 0, placeless: 0 };
  readonly #matched = new Set<string>();
  #stoppedAfter: number | undefined;

  /** Reads what it minds; of all other events it needs no more than where they stand. */
  readonly #read = dispatcher({
    "engine.stopping": ({ sequence }) => {
      this.#stoppedAfter = sequence;
    },
    "playbook.loaded": (event) => this.#noteLoaded(event),
    "playbook.absence": ({ data }) => this.absences.add(absenceKey(data)),
    "playbook.relapsed": ({ data }) => this.relapses.set(data.runId, data.again),
    "playbook.matched": (event) => {
      this.#noteAnswer(event);
      this.#matched.add(event.data.runId);
    },
    "playbook.suppressed": (event) => this.#noteAnswer(event),
    "playbook.settled": (event) => {
      if (isAnswer(event, this.#matched)) this.#noteAnswer(event);
    },
  });

  /** Types of which it has to be given the whole event. */
  get types(): ReadonlySet<string> {
    return this.#read.types;
  }

  note(event: AnyEvent | Glimpse): void {
    const { summary } = this;
    if (summary.events++ === 0) {
      summary.firstSequence = event.sequence;
      summary.firstAtMs = event.at;
    }
    if (event.type === "engine.started") this.#end();
    summary.lastSequence = event.sequence;
    summary.lastAtMs = event.at;
    if ("data" in event) this.#read(event);
  }

  /** The journal ends here. */
  close(): void {
    this.#end();
  }

  /** Whether the engine may have ended before it answered this event. */
  mayHaveEnded(event: { readonly sequence: number; readonly at: number }): boolean {
    const ending = this.endings.find(({ sequence }) => sequence >= event.sequence);
    return ending !== undefined && (event.sequence >= ending.sinceSequence || event.at >= ending.sinceMs);
  }

  #end(): void {
    const { events, lastSequence, lastAtMs } = this.summary;
    if (events === 0) return;
    const since =
      this.#stoppedAfter === undefined
        ? { sinceSequence: Number.POSITIVE_INFINITY, sinceMs: lastAtMs - LAST_MS }
        : { sinceSequence: this.#stoppedAfter, sinceMs: Number.POSITIVE_INFINITY };
    this.endings.push({ ...since, sequence: lastSequence });
    this.#stoppedAfter = undefined;
  }

  #noteLoaded({ data, sequence }: EventOf<"playbook.loaded">): void {
    this.loads++;
    for (const { id, hash, enabled } of data.loaded)
      this.loaded.set(id, [...(this.loaded.get(id) ?? []), { hash, enabled, sinceSequence: sequence }]);
  }

  #noteAnswer(event: Answer): void {
    const answered = answeredBy(event);
    this.answers.set(answered.runId, answered);
    if (event.data.decided === undefined) this.summary.placeless++;
    const at = placeOf(event.data.decided, event);
    if (event.data.after !== undefined) {
      this.followed.set(event.causationid ?? "", at);
      return;
    }
    const places = this.decisions.get(answered.triggerSequence) ?? [];
    const same = places.find(({ after, calledAfter }) => after === at.after && calledAfter === at.calledAfter);
    if (same === undefined) this.decisions.set(answered.triggerSequence, [...places, at]);
    else same.told = event.sequence;
  }
}

/** A journal of an engine that did not say where it decided: just before it said so. */
function placeOf(decided: Decided | undefined, event: Answer): DecidedAt {
  const { trigger } = event.data;
  const told = event.sequence;
  if (decided === undefined)
    return { calledAfter: trigger.sequence, after: told - 1, atMs: event.at, pulled: isPaused(event), told };
  const { after, at, calledAfter = trigger.sequence, pulled = false } = decided;
  return { calledAfter, after, atMs: at, pulled, told };
}

function isPaused(event: Answer): boolean {
  return is(event, "playbook.suppressed") && event.data.reason === "paused";
}

/** Whether an event tells of a decision: a run that had begun is settled by its own steps. */
export function isAnswer(event: AnyEvent, begun: { has(runId: string): boolean }): event is Answer {
  if (is(event, "playbook.matched") || is(event, "playbook.suppressed")) return true;
  return is(event, "playbook.settled") && event.data.outcome === "refused" && !begun.has(event.data.runId);
}

export function answeredBy(event: Answer): Answered {
  const { runId, playbookId, target, trigger } = event.data;
  const head = {
    runId,
    playbookId,
    target: targetKey(target),
    sequence: event.sequence,
    triggerSequence: trigger.sequence,
  };
  if (is(event, "playbook.matched")) {
    const { via, plan, planHash, next } = event.data;
    return { ...head, kind: "run", plan: planHash, via, work: workOf(plan, next) };
  }
  if (is(event, "playbook.suppressed"))
    return { ...head, kind: "suppressed", reason: event.data.reason, via: "", work: "" };
  const { reason, via } = event.data as EventOf<"playbook.settled">["data"];
  return { ...head, kind: "refused", reason, via, work: "" };
}

function workOf({ prechecks, steps, validation, rollback, needsApproval }: Plan, next = ""): string {
  return canonical({ prechecks, steps, validation, rollback, needsApproval, next });
}

export function absenceKey(data: EventOf<"playbook.absence">["data"]): string {
  const { playbookId, awaited, by, key, forMs, lastSequence } = data;
  return JSON.stringify([playbookId, awaited, by ?? null, key, forMs, lastSequence]);
}
