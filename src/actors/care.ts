import type { Advice } from "../agents/kind.ts";
import { setupOf } from "../domain/agent-setup.ts";
import { nextSlot } from "../domain/trial-record.ts";
import type { Cause } from "../events/envelope.ts";
import type { AgentSetup, Proposal } from "../events/types/evolution.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Json } from "../kernel/json.ts";
import type { ImprovementContext } from "../machines/improvement-context.ts";
import type { BackoffSettings } from "../resilience/backoff.ts";
import type { ActorHost } from "./host.ts";
import type { Insist } from "./insist.ts";
import { Lane } from "./lane.ts";
import type { AgentsView } from "./views/agents.ts";
import type { EvolutionView } from "./views/evolution.ts";

/** Under which version of its agent's configuration an attempt runs, and what follows from that. */
export interface Care {
  readonly configVersion: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly backoff: BackoffSettings;
  readonly advice: readonly Advice[];
  /** A version that is only tried, where that is another one than the agent's own. */
  readonly tried: Tried | undefined;
  /** Keeps attempts of a tried version from being too many at once. */
  readonly lane: Lane | undefined;
}

/** A body of an agent beside its own: for a version that is tried, or that is looked at in shadow and counts nowhere. */
export interface Tried {
  readonly purpose: "trial" | "shadow";
  readonly key: string;
  readonly config: Json;
  readonly version: number;
}

export interface CareDeps {
  readonly insist: Insist;
  readonly random: () => number;
  readonly host: () => ActorHost;
  readonly agents: AgentsView;
  readonly evolution: EvolutionView;
  readonly backoff: BackoffSettings;
}

/** Decides under which version an attempt runs: the agent's own, or the one that is tried. */
export class CareDesk {
  readonly #deps: CareDeps;
  readonly #lanes = new Map<string, Lane>();
  /** One task is given its place after the other: two at once would be given the same one. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: CareDeps) {
    this.#deps = deps;
  }

  async careFor(task: TaskSpec, agentId: string, attempt: number, cause: Cause): Promise<Care> {
    const proposal = await this.#triedWith(task.id, agentId, attempt, cause);
    const row = this.#deps.agents.get(agentId);
    const setup = proposal?.after ?? (row && setupOf(row.spec, true));
    const configVersion = proposal?.candidate ?? row?.configVersion ?? 1;
    return {
      configVersion,
      timeoutMs: timeoutOf(task, setup),
      retries: task.pinned?.includes("retries") === true ? task.retries : (setup?.tuning.retries ?? task.retries),
      backoff: setup?.tuning.backoff ?? this.#deps.backoff,
      advice: adviceOf(agentId, setup),
      tried: proposal && triedOf(proposal),
      lane: proposal && this.#laneOf(proposal),
    };
  }

  /** The longest an attempt of this task may take with this agent, whichever version it is given. */
  longestMs(task: TaskSpec, agentId: string): number {
    const row = this.#deps.agents.get(agentId);
    const trial = this.#deps.evolution.openOf(agentId);
    return Math.max(
      timeoutOf(task, row && setupOf(row.spec, true)),
      timeoutOf(task, trial?.proposal.after),
      task.timeoutMs,
    );
  }

  /** The improvement whose new version this task is given; `undefined` for the agent's own version. */
  #triedWith(taskId: string, agentId: string, attempt: number, cause: Cause): Promise<Proposal | undefined> {
    if (this.#trialOf(agentId) === undefined) return Promise.resolve(undefined);
    const placed = this.#turn.then(() => this.#place(taskId, agentId, attempt, cause));
    this.#turn = placed.catch(() => undefined);
    return placed;
  }

  async #place(taskId: string, agentId: string, attempt: number, cause: Cause): Promise<Proposal | undefined> {
    const trial = this.#trialOf(agentId);
    if (trial === undefined) return undefined;
    const { proposal, assigned, places } = trial;
    // A task that began before its trial belongs to no side.
    if (!assigned.has(taskId) && attempt === 1) {
      const slot = nextSlot(places, this.#deps.random);
      if (slot === undefined) return undefined;
      const { improvementId } = proposal;
      await this.#deps.insist(() => ({
        type: "evolution.assigned",
        subject: `task/${taskId}`,
        idempotencykey: `evolution.assigned:${improvementId}:${taskId}`,
        cause,
        data: { improvementId, agentId, taskId, ...slot },
      }));
    }
    const given = this.#trialOf(agentId)?.assigned.get(taskId);
    return given?.arm === "candidate" ? proposal : undefined;
  }

  #trialOf(agentId: string): ImprovementContext | undefined {
    const open = this.#deps.evolution.openOf(agentId)?.proposal;
    if (open === undefined || open.kind === "quarantine") return undefined;
    const snapshot = this.#deps.host().snapshot(`improvement/${open.improvementId}`);
    return snapshot?.value === "trying" ? (snapshot.context as ImprovementContext) : undefined;
  }

  #laneOf({ improvementId, before, after }: Proposal): Lane | undefined {
    if (after.concurrency >= before.concurrency) return undefined;
    const lane = this.#lanes.get(improvementId) ?? new Lane(after.concurrency);
    this.#lanes.set(improvementId, lane);
    return lane;
  }
}

/** What only concerns waiting and advice runs in the agent's own body. */
function triedOf({ improvementId, kind, after, candidate }: Proposal): Tried | undefined {
  if (kind === "timeout" || kind === "retry" || kind === "backoff" || kind === "advice") return undefined;
  return { purpose: "trial", key: improvementId, config: after.config, version: candidate };
}

/** What a setup hands to its agent with every task. */
export function adviceOf(agentId: string, setup: AgentSetup | undefined): readonly Advice[] {
  return (setup?.tuning.advice ?? []).map((content, index) => ({
    key: `advice-${agentId}-${index + 1}`,
    title: "Advice",
    content,
  }));
}

export function timeoutOf(task: TaskSpec, setup: AgentSetup | undefined): number {
  return task.pinned?.includes("timeoutMs") === true ? task.timeoutMs : (setup?.tuning.timeoutMs ?? task.timeoutMs);
}
