/*
 * A second opinion on what follows from a journal, by code that shares nothing with the engine: one state for each task,
 * agent, run, approval and incident, and the deadlines that must be armed. Written in the most literal way.
 */
import { type Fact, number, text, whenOf } from "./journal.ts";

/** What the engine says of itself over HTTP, one line for each thing, in any order. */
export interface Told {
  readonly tasks: readonly string[];
  readonly agents: readonly string[];
  readonly runs: readonly string[];
  readonly approvals: readonly string[];
  readonly incidents: readonly string[];
  readonly deadlines: readonly string[];
}

export const SUBJECTS = ["tasks", "agents", "runs", "approvals", "incidents", "deadlines"] as const;

interface Task {
  state: string;
  attempts: number;
}

interface Agent {
  state: string;
  breaker: string;
  version: number;
  configHash: string;
  cooldownMs: number;
}

interface Run {
  state: string;
  outcome: string | null;
}

export class Opinion {
  readonly tasks = new Map<string, Task>();
  readonly agents = new Map<string, Agent>();
  readonly runs = new Map<string, Run>();
  readonly approvals = new Map<string, string>();
  readonly incidents = new Map<string, string>();
  /** Due times by `actor name`. */
  readonly deadlines = new Map<string, number>();

  apply(fact: Fact): void {
    if (fact.type.startsWith("task.")) this.#task(fact);
    if (fact.type.startsWith("agent.")) this.#agent(fact);
    if (fact.type.startsWith("run.") || fact.type.startsWith("playbook.")) this.#run(fact);
    if (fact.type.startsWith("approval.")) this.#approval(fact);
    if (fact.type.startsWith("incident.")) this.#incident(fact);
    if (fact.type === "deadline.fired") this.deadlines.delete(`${text(fact, "actor")} ${text(fact, "name")}`);
  }

  told(): Told {
    const lines = <T>(map: ReadonlyMap<string, T>, say: (value: T) => string) =>
      [...map].map(([id, value]) => `${id}: ${say(value)}`);
    return {
      tasks: lines(this.tasks, ({ state, attempts }) => `${state} ${attempts}`),
      agents: lines(this.agents, ({ state, breaker, version }) => `${state} ${breaker} ${version}`),
      runs: lines(this.runs, ({ state, outcome }) => `${state} ${outcome ?? "none"}`),
      approvals: lines(this.approvals, (state) => state),
      incidents: lines(this.incidents, (state) => state),
      deadlines: lines(this.deadlines, (dueAtMs) => `${dueAtMs}`),
    };
  }

  #task(fact: Fact): void {
    const id = text(fact, "taskId") || text(fact, "task.id");
    const timeout = `scheduler/main timeout.${id}`;
    if (fact.type === "task.submitted") {
      this.tasks.set(id, { state: "queued", attempts: 0 });
      return;
    }
    const task = this.tasks.get(id);
    if (task === undefined) return;
    switch (fact.type) {
      case "task.decided":
        if (task.state === "queued" || task.state === "waiting")
          task.state = text(fact, "decision.kind") === "scheduled" ? "waiting" : "queued";
        break;
      case "task.started":
        task.state = "running";
        task.attempts = number(fact, "attempt") ?? 0;
        this.deadlines.set(timeout, number(fact, "deadlineAtMs") ?? 0);
        break;
      case "task.attempt_failed":
        this.deadlines.delete(timeout);
        if (number(fact, "retryAtMs") !== undefined) task.state = "waiting";
        break;
      case "task.succeeded":
        this.deadlines.delete(timeout);
        task.state = "succeeded";
        break;
      case "task.failed":
        this.deadlines.delete(timeout);
        task.state = text(fact, "state");
        break;
      case "task.cancelled":
        this.deadlines.delete(timeout);
        task.state = "cancelled";
        break;
      default:
        break;
    }
    if (fact.type === "task.attempt_failed") this.#attemptFailed(fact);
  }

  /** A failure of an agent's own blocks it, or opens its breaker; until when stands in the failure and its policy. */
  #attemptFailed(fact: Fact): void {
    const id = text(fact, "agentId");
    const agent = this.agents.get(id);
    if (agent === undefined || text(fact, "reason") === "interrupted" || text(fact, "reason") === "cancelled") return;
    if (id === "broken") {
      this.deadlines.set(`agent/${id} open`, whenOf(fact) + agent.cooldownMs);
      return;
    }
    const key = `agent/${id} cooldown`;
    // What fails while it already cools down changes nothing.
    if (!this.deadlines.has(key)) this.deadlines.set(key, whenOf(fact) + agent.cooldownMs);
  }

  #agent(fact: Fact): void {
    const id = text(fact, "agentId") || text(fact, "agent.id");
    const agent = this.agents.get(id);
    switch (fact.type) {
      case "agent.registered":
        if (agent === undefined)
          this.agents.set(id, {
            state: "idle",
            breaker: "closed",
            version: 1,
            configHash: text(fact, "configHash"),
            cooldownMs: number(fact, id === "broken" ? "agent.policy.openMs" : "agent.policy.cooldownMs") ?? 0,
          });
        else if (agent.configHash !== text(fact, "configHash")) {
          agent.version += 1;
          agent.configHash = text(fact, "configHash");
        }
        break;
      case "agent.configured":
        if (agent === undefined) break;
        agent.version = number(fact, "version") ?? 0;
        agent.configHash = text(fact, "configHash");
        break;
      case "agent.state_changed":
        if (agent === undefined) break;
        agent.state = text(fact, "to");
        agent.breaker = text(fact, "breaker");
        break;
      case "agent.reset":
        this.deadlines.delete(`agent/${id} cooldown`);
        break;
      default:
        break;
    }
  }

  #run(fact: Fact): void {
    const id = text(fact, "runId");
    if (fact.type === "playbook.matched") {
      this.runs.set(id, { state: "matched", outcome: null });
      return;
    }
    // A run that was refused before there was a plan is told by its end alone.
    if (fact.type === "playbook.settled" && !this.runs.has(id)) this.runs.set(id, { state: "matched", outcome: null });
    const run = this.runs.get(id);
    if (run === undefined) return;
    const states: Readonly<Record<string, string>> = {
      "run.prechecked": "prechecked",
      "run.step_started": "executing",
      "playbook.executed": "validating",
      "run.undo_started": "rolling_back",
      "playbook.settled": "settled",
    };
    run.state = states[fact.type] ?? run.state;
    if (fact.type === "playbook.settled") run.outcome = text(fact, "outcome");
    if (fact.type === "playbook.relapsed") run.outcome = "relapsed";
  }

  #approval(fact: Fact): void {
    const id = text(fact, "approvalId");
    const key = `approval/${id} expiry`;
    if (fact.type === "approval.requested") {
      this.approvals.set(id, "waiting");
      this.deadlines.set(key, number(fact, "expiresAtMs") ?? 0);
      const run = this.runs.get(text(fact, "runId"));
      if (run !== undefined) run.state = "awaiting_approval";
    }
    if (fact.type === "approval.decided") {
      this.approvals.set(id, text(fact, "decision"));
      this.deadlines.delete(key);
    }
  }

  #incident(fact: Fact): void {
    const id = text(fact, "incidentId");
    const states: Readonly<Record<string, string>> = {
      "incident.opened": "open",
      "incident.acknowledged": "acknowledged",
      "incident.resolved": "resolved",
      "incident.reopened": "reopened",
    };
    const state = states[fact.type];
    if (state !== undefined) this.incidents.set(id, state);
  }
}

/** The deadlines of agents' cooldowns, attempts' limits and approvals; others are not this opinion's business. */
export function isWatched(actor: string, name: string): boolean {
  return name === "cooldown" || name === "open" || name === "expiry" || (actor === "scheduler/main" && name !== "wake");
}
