import { type AnyEvent, is } from "../events/envelope.ts";

/** What became of tasks, remedies, approvals and incidents, counted from the events themselves. */
export class Tally {
  readonly #types = new Map<string, number>();
  readonly #tasks = { submitted: 0, succeeded: 0, failed: 0, dead: 0, cancelled: 0, retried: 0 };
  readonly #remedies = new Map<string, number>();
  readonly #approvals = { requested: 0, approved: 0, rejected: 0, expired: 0 };
  readonly #incidents = { opened: 0, reopened: 0, resolved: 0 };
  #events = 0;

  get events(): number {
    return this.#events;
  }

  note(event: AnyEvent): void {
    this.#events++;
    count(this.#types, event.type);
    if (is(event, "task.submitted")) this.#tasks.submitted++;
    else if (is(event, "task.succeeded")) this.#tasks.succeeded++;
    else if (is(event, "task.failed")) this.#tasks[event.data.state]++;
    else if (is(event, "task.cancelled")) this.#tasks.cancelled++;
    else if (is(event, "task.retried")) this.#tasks.retried++;
    else if (is(event, "playbook.settled")) count(this.#remedies, event.data.outcome);
    else if (is(event, "playbook.relapsed")) count(this.#remedies, "relapsed");
    else if (is(event, "playbook.suppressed")) count(this.#remedies, "suppressed");
    else if (is(event, "approval.requested")) this.#approvals.requested++;
    else if (is(event, "approval.decided")) this.#approvals[event.data.decision]++;
    else if (is(event, "incident.opened")) this.#incidents.opened++;
    else if (is(event, "incident.reopened")) this.#incidents.reopened++;
    else if (is(event, "incident.resolved")) this.#incidents.resolved++;
  }

  counts() {
    return {
      events: this.#events,
      types: inOrder(this.#types),
      tasks: { ...this.#tasks },
      remedies: inOrder(this.#remedies),
      approvals: { ...this.#approvals },
      incidents: { ...this.#incidents },
    };
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Most frequent first. */
function inOrder(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
