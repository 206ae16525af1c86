import { type AnyEvent, is } from "../events/envelope.ts";
import { type Checkpointed, inGroups } from "../kernel/checkpointed.ts";
import { groupsOf, objectOf, oneOf, pairOf, text } from "../kernel/shape.ts";
import type { Target } from "../kernel/target.ts";
import { announce, type Output } from "../machines/output.ts";

type Status = "open" | "resolved";

const saved = objectOf({ known: groupsOf(pairOf(text, oneOf<Status>("open", "resolved"))) });

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

  /** What it remembers, as a checkpoint holds it under a name. */
  as(name: string): Checkpointed {
    return {
      name,
      version: 1,
      snapshot: () => ({ known: inGroups([...this.#known]) }),
      restore: (value) => {
        this.#known.clear();
        for (const [id, status] of saved(value, name).known) this.#known.set(id, status);
      },
    };
  }

  /** To be called with every incident event, before anything is reported because of it. */
  note(event: AnyEvent): void {
    if (is(event, "incident.resolved")) this.#known.set(event.data.incidentId, "resolved");
    if (is(event, "incident.opened") || is(event, "incident.reopened")) this.#known.set(event.data.incidentId, "open");
  }

  report(incidentId: string, told: Case): readonly Output[] {
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

  resolve(incidentId: string, reason: string): readonly Output[] {
    if (this.#known.get(incidentId) !== "open") return [];
    this.#known.set(incidentId, "resolved");
    return [announce("incident.resolved", { incidentId, by: "engine", reason }, { subject: `incident/${incidentId}` })];
  }
}
