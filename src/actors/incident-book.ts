import { type AnyEvent, is } from "../events/envelope.ts";
import { type Checkpointed, inGroups } from "../kernel/checkpointed.ts";
import { groupsOf, listOf, number, objectOf, oneOf, optional, pairOf, row, text } from "../kernel/shape.ts";
import type { Target } from "../kernel/target.ts";
import { announce, type Output } from "../machines/output.ts";
import { refill } from "./views/view.ts";

type Status = "open" | "resolved";

interface About {
  readonly fingerprint: string;
  readonly target: Target;
}

// A checkpoint of an engine to which no two fingerprints were one failure has no more than `known`.
const saved = objectOf({
  known: groupsOf(pairOf(text, oneOf<Status>("open", "resolved"))),
  about: optional(groupsOf(pairOf(text, row<About>()))),
  renamed: optional(groupsOf(pairOf(text, text))),
  // Nor does one that never was in a storm have these.
  storm: optional(objectOf({ grouped: number })),
  urgent: optional(listOf(text)),
});

/** Incidents of which it is remembered what they are about; of more, the oldest that are over are forgotten. */
const MOST_ABOUT = 2_000;

/** Urgent runs under way that are remembered. */
const MOST_URGENT = 200;

/** Something that a person is told of. */
export interface Case {
  readonly title: string;
  readonly severity: "warning" | "error" | "critical";
  readonly target: Target;
  readonly fingerprint?: string | undefined;
  readonly runId?: string | undefined;
  readonly evidence: readonly string[];
  readonly needsPerson: boolean;
}

/** Which incidents there are and are not over: the same one is opened once, then updated, and reopened when it comes back. */
export class IncidentBook {
  readonly #known = new Map<string, Status>();
  readonly #about = new Map<string, About>();
  /** Names that an incident would have by the present fingerprint of its failure. */
  readonly #renamed = new Map<string, string>();
  /** While a storm lasts: how many cases are told as one. */
  #storm: { grouped: number } | undefined;
  /** Runs of first priority, which a storm does not hold back. */
  readonly #urgent = new Set<string>();

  /** What it remembers, as a checkpoint holds it under a name. */
  as(name: string): Checkpointed {
    return {
      name,
      version: 1,
      snapshot: () => ({
        known: inGroups([...this.#known]),
        about: inGroups([...this.#about]),
        renamed: inGroups([...this.#renamed]),
        ...(this.#storm === undefined ? {} : { storm: { ...this.#storm } }),
        ...(this.#urgent.size === 0 ? {} : { urgent: [...this.#urgent] }),
      }),
      restore: (value) => {
        const { known, about = [], renamed = [], storm, urgent = [] } = saved(value, name);
        this.#storm = storm === undefined ? undefined : { ...storm };
        this.#urgent.clear();
        for (const runId of urgent) this.#urgent.add(runId);
        refill(this.#known, known);
        refill(this.#about, about);
        refill(this.#renamed, renamed);
      },
    };
  }

  /** To be called with every incident event, before anything is reported because of it. */
  note(event: AnyEvent): void {
    if (is(event, "reactor.storm_entered")) this.#storm = { grouped: 0 };
    if (is(event, "playbook.matched") && event.data.priority === "P0") this.#noteUrgent(event.data.runId);
    if (is(event, "incident.resolved")) this.#known.set(event.data.incidentId, "resolved");
    if (is(event, "incident.opened") || is(event, "incident.reopened")) this.#known.set(event.data.incidentId, "open");
    if (!is(event, "incident.opened") || event.data.fingerprint === undefined) return;
    const { incidentId, fingerprint, target } = event.data;
    this.#about.set(incidentId, { fingerprint, target });
    if (this.#about.size > MOST_ABOUT) this.#forgetOne();
  }

  #noteUrgent(runId: string): void {
    this.#urgent.add(runId);
    const [oldest] = this.#urgent;
    if (this.#urgent.size > MOST_URGENT && oldest !== undefined) this.#urgent.delete(oldest);
  }

  /** A failure is known by another fingerprint: its incidents go on under the names that they have. */
  renamed(from: string, to: string, nameOf: (fingerprint: string, target: Target) => string): void {
    for (const [incidentId, about] of this.#about) {
      if (about.fingerprint !== from) continue;
      this.#about.set(incidentId, { ...about, fingerprint: to });
      // An incident about a breaker bears the failure that opened it, but not its name.
      const was = nameOf(from, about.target);
      if ((this.#renamed.get(was) ?? was) !== incidentId) continue;
      const name = nameOf(to, about.target);
      if (name !== incidentId && !this.#known.has(name)) this.#renamed.set(name, incidentId);
    }
  }

  #forgetOne(): void {
    for (const incidentId of this.#about.keys()) {
      if (this.#known.get(incidentId) === "open") continue;
      this.#about.delete(incidentId);
      return;
    }
  }

  report(name: string, told: Case): readonly Output[] {
    const incidentId = this.#renamed.get(name) ?? name;
    const subject = { subject: `incident/${incidentId}` };
    const run = told.runId === undefined ? {} : { runId: told.runId };
    const status = this.#known.get(incidentId);
    // Noted at once: two reports in one turn must not open it twice.
    this.#known.set(incidentId, "open");
    if (status === "open")
      return [
        announce(
          "incident.updated",
          { incidentId, note: told.evidence.join("; "), needsPerson: told.needsPerson, ...run },
          subject,
        ),
      ];
    if (status === "resolved")
      return [announce("incident.reopened", { incidentId, reason: told.title, ...run }, subject)];
    const { title, severity, target, needsPerson } = told;
    const print = told.fingerprint === undefined ? {} : { fingerprint: told.fingerprint };
    return [
      announce(
        "incident.opened",
        { incidentId, title, severity, target, evidence: [...told.evidence], needsPerson, ...print, ...run },
        subject,
      ),
    ];
  }

  /** What a run came to: while a storm lasts all that is not urgent is told as one, under the storm's name. */
  reportRun(name: string, told: Case & { readonly runId: string }, storm: string): readonly Output[] {
    if (this.#storm === undefined || this.#urgent.has(told.runId)) return this.report(name, told);
    this.#storm.grouped++;
    return this.report(storm, { ...told, evidence: [told.title, ...told.evidence] });
  }

  /** The storm is over: nobody has to look into one in which nothing failed. */
  calm(storm: string, reason: string): readonly Output[] {
    const grouped = this.#storm?.grouped ?? 0;
    this.#storm = undefined;
    return grouped === 0 ? this.resolve(storm, reason) : [];
  }

  resolve(name: string, reason: string): readonly Output[] {
    const incidentId = this.#renamed.get(name) ?? name;
    if (this.#known.get(incidentId) !== "open") return [];
    this.#known.set(incidentId, "resolved");
    return [announce("incident.resolved", { incidentId, by: "engine", reason }, { subject: `incident/${incidentId}` })];
  }
}
