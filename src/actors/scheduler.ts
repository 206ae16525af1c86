import type { AnyMachineSnapshot } from "xstate";
import type { AgentFact } from "../domain/free-agent.ts";
import type { Cause } from "../events/envelope.ts";
import type { AgentState } from "../events/vocabulary.ts";
import type { AgentContext } from "../machines/agent.ts";
import { histories } from "../machines/history.ts";
import { type Dispatch, schedulerMachine } from "../machines/scheduler.ts";
import type { SchedulerContext, SchedulerFacts } from "../machines/scheduler-book.ts";
import type { Abort } from "../machines/scheduler-consequences.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { ActorHost } from "./host.ts";
import type { ActorKind, Routes } from "./kind.ts";
import type { AgentRow, AgentsView } from "./views/agents.ts";
import type { TasksView } from "./views/tasks.ts";

export interface SchedulerDeps {
  readonly maxConcurrent: number;
  /** How long after its own time limit an attempt must have ended. */
  readonly effectMs?: number;
  /** The time limit of a task with an agent, where that is not the task's own. */
  readonly limitMs?: (task: Dispatch["task"], agentId: string) => number;
  readonly host: () => ActorHost;
  readonly agents: AgentsView;
  readonly tasks: TasksView;
  /** Whether the agent's next task is likelier to fail than not. */
  readonly likelyToFail?: (agentId: string) => boolean;
  readonly dispatcher: Dispatcher;
  /** Whether an agent can be given work at all: a function cannot before its program has registered it again. */
  readonly isPresent: (agentId: string) => boolean;
}

const it = () => ["main"] as const;
const routes: Routes = {
  "task.submitted": it,
  "task.started": it,
  "task.succeeded": it,
  "task.attempt_failed": it,
  "task.failed": it,
  "task.cancel_requested": it,
  "task.cancelled": it,
  "task.retried": it,
  "agent.registered": it,
  "agent.state_changed": it,
  "agent.resumed": it,
  "agent.scaled": it,
  "agent.configured": it,
  "agent.reset": it,
  "engine.started": it,
  "engine.stopping": it,
};

/** The one scheduler. What it decides is executed by the dispatcher. */
export function schedulerActor(deps: SchedulerDeps): ActorKind {
  const facts = schedulerFacts(deps);
  return {
    name: "scheduler",
    machine: schedulerMachine,
    history: histories.scheduler,
    permanent: { id: "main", input: { maxConcurrent: deps.maxConcurrent } },
    configured: () => ({ maxConcurrent: deps.maxConcurrent }),
    routes,
    facts: () => facts,
    limitMs(effect) {
      if (effect.name !== "dispatch") return undefined;
      const { task, agentId } = effect.params as Dispatch;
      return (deps.limitMs?.(task, agentId) ?? task.timeoutMs) + (deps.effectMs ?? 0);
    },
    async perform(effect, cause) {
      if (effect.name === "dispatch") await deps.dispatcher.dispatch(effect.params as Dispatch, cause);
      if (effect.name === "abort") deps.dispatcher.abort(effect.params as Abort);
    },
  };
}

/**
 * What an agent works on now, as a cause: what it says or publishes meanwhile follows from that. Of several tasks and
 * none named, the one that began last.
 */
export function workUnderWay(host: ActorHost, agentId: string, taskId?: string): Cause | undefined {
  const context = host.snapshot("scheduler/main")?.context as SchedulerContext | undefined;
  const works = [...(context?.active ?? [])].filter(
    ([id, active]) => active.started && active.agentId === agentId && (taskId === undefined || id === taskId),
  );
  return works.at(-1)?.[1].cause;
}

/** An agent as it stands. Whether its next task is likely to fail is worked out when somebody asks: few do, and it takes long. */
class Standing implements AgentFact {
  readonly id: string;
  readonly state: AgentState;
  readonly breaker: AgentFact["breaker"];
  readonly capabilities: readonly string[];
  readonly concurrency: number;
  readonly #spec: AgentRow["spec"];
  readonly #snapshot: AnyMachineSnapshot;
  readonly #accepting: boolean;
  readonly #deps: SchedulerDeps;

  constructor({ id, spec }: AgentRow, snapshot: AnyMachineSnapshot, deps: SchedulerDeps) {
    const { breaker, accepting } = snapshot.context as AgentContext;
    this.id = id;
    this.state = snapshot.value as AgentState;
    this.breaker = breaker.kind;
    this.capabilities = spec.capabilities;
    this.concurrency = spec.concurrency;
    this.#spec = spec;
    this.#snapshot = snapshot;
    this.#accepting = accepting;
    this.#deps = deps;
  }

  /** Whether that agent still stands so; what neither of them says is asked for each time. */
  isOf({ spec }: AgentRow, snapshot: AnyMachineSnapshot): boolean {
    return this.#spec === spec && this.#snapshot === snapshot;
  }

  get accepting(): boolean {
    return this.#accepting && this.#deps.isPresent(this.id);
  }

  get likelyToFail(): boolean {
    return this.#deps.likelyToFail?.(this.id) === true;
  }
}

interface Known {
  /** Its actor's name. */
  readonly actor: string;
  readonly standing: Standing;
}

/** The agents as their actors stand at this point of the journal; live and in replay alike. */
function schedulerFacts(deps: SchedulerDeps): SchedulerFacts {
  const { host, agents, tasks } = deps;
  /** As each agent stood when it was last asked for: with most events most agents stand as they did. */
  const known = new Map<string, Known>();
  const factOf = (id: string): AgentFact | undefined => {
    const row = agents.get(id);
    const before = known.get(id);
    const actor = before?.actor ?? `agent/${id}`;
    const snapshot = host().snapshot(actor);
    if (row === undefined || snapshot === undefined) return undefined;
    if (before?.standing.isOf(row, snapshot)) return before.standing;
    const standing = new Standing(row, snapshot, deps);
    known.set(id, { actor, standing });
    return standing;
  };
  return {
    agents: {
      get: factOf,
      *all() {
        for (const { id } of agents.list()) {
          const fact = factOf(id);
          if (fact !== undefined) yield fact;
        }
      },
      capableOf: (capability) => agents.capableOf(capability),
    },
    taskState(id) {
      const state = tasks.get(id)?.state;
      if (state === "succeeded") return "succeeded";
      return state === undefined || state === "failed" || state === "dead" || state === "cancelled"
        ? "failed"
        : "pending";
    },
  };
}
