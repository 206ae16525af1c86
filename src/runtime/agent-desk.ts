import { newestVersion } from "../actors/evolution-proposer.ts";
import { BY_EVOLUTION } from "../actors/improvement.ts";
import type { AgentPool } from "../actors/pool.ts";
import type { AgentRow, AgentsView } from "../actors/views/agents.ts";
import { parseAgentConfig } from "../agents/index.ts";
import { agentPolicyOf, type Config } from "../config.ts";
import type { EventBus } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import {
  AGENT_ID,
  AGENT_ID_ADVICE,
  type AgentAlternative,
  type AgentPolicy,
  type AgentShadow,
  type AgentSpec,
  type AgentTuning,
} from "../events/types/agent.ts";
import type { AgentSetup } from "../events/types/evolution.ts";
import { AiosError } from "../kernel/errors.ts";
import { canonical, type Hash } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";

export interface AgentRequest {
  readonly id: string;
  readonly kind: string;
  readonly config: Json;
  readonly capabilities?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly policy?: { readonly [K in keyof AgentPolicy]?: AgentPolicy[K] | undefined } | undefined;
  readonly tuning?: AgentTuning | undefined;
  readonly alternatives?: readonly AgentAlternative[] | undefined;
  readonly shadow?: AgentShadow | undefined;
}

export type AgentOrder = "start" | "stop" | "drain" | "reset" | "archive";

export interface AgentDeskDeps {
  readonly bus: EventBus;
  readonly hash: Hash;
  readonly agents: AgentsView;
  readonly pool: AgentPool;
  readonly config: Config;
  /** Has what an agent's supervisor gave up begun again. */
  readonly tryAgain: (id: string, by: string) => Promise<void>;
}

interface Configuring {
  readonly by: string;
  readonly key?: string;
  readonly restores?: number;
  readonly runId?: string;
  readonly cause?: Cause;
  readonly tuning?: AgentTuning;
  readonly concurrency?: number;
}

/** Who asks for a change of an agent's intake, what led to it, and under which key it happens once. */
interface Ordering {
  readonly by: string;
  readonly key: string;
  readonly cause: Cause;
}

interface Configured {
  readonly version: number;
  readonly configHash: string;
}

/** Registers and configures agents, and carries out what people order about them. */
export class AgentDesk {
  readonly #deps: AgentDeskDeps;
  /** The specification that is being changed: two at once would give one version number to two configurations. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: AgentDeskDeps) {
    this.#deps = deps;
  }

  /**
   * Registers an agent, or gives a registered one a new specification. Registering the same again changes nothing, and
   * is told only with `anew`: an agent that was gone is back.
   *
   * @throws {AiosError} `agent.invalid` with one fault for each mistake
   */
  async register(request: AgentRequest, by: string, how: { readonly anew?: boolean } = {}): Promise<AgentRow> {
    checkId(request.id);
    checkConfig(request.kind, request.config);
    return this.#inTurn(() => this.#register(request, by, how));
  }

  async #register(request: AgentRequest, by: string, { anew = false }: { readonly anew?: boolean }) {
    const { bus, hash, config } = this.#deps;
    const asked: AgentSpec = {
      id: request.id,
      kind: request.kind,
      config: request.config,
      capabilities: [...(request.capabilities ?? [])],
      ...(request.group === undefined ? {} : { group: request.group }),
      concurrency: request.concurrency ?? 1,
      policy: agentPolicyOf(config, request.policy as Partial<AgentPolicy> | undefined),
      ...(request.tuning === undefined ? {} : { tuning: request.tuning }),
      ...(request.alternatives === undefined ? {} : { alternatives: [...request.alternatives] }),
      ...(request.shadow === undefined ? {} : { shadow: request.shadow }),
    };
    const present = this.#deps.agents.get(request.id);
    // An improvement that was kept is not undone by registering once more what was registered before it.
    const improved = present?.registered !== undefined && canonical(present.registered) === canonical(asked);
    const agent = improved ? present.spec : asked;
    if (!anew && present !== undefined && canonical(present.spec) === canonical(agent)) return present;
    const configHash = hash.sha256(canonical(agent.config));
    await bus.publish({
      type: "agent.registered",
      data: { agent, configHash, by },
      subject: `agent/${agent.id}`,
      principal: by,
    });
    return this.get(agent.id);
  }

  /** Gives an agent a new configuration version; what runs finishes with the old one. */
  async configure(id: string, config: Json, how: Configuring): Promise<Configured> {
    checkConfig(this.get(id).spec.kind, config);
    return this.#inTurn(() => this.#configure(id, config, how));
  }

  async #configure(id: string, config: Json, how: Configuring): Promise<Configured> {
    const agent = this.get(id);
    const configHash = this.#deps.hash.sha256(canonical(config));
    const version = newestVersion(agent) + 1;
    const { by, key, restores, runId, cause, tuning, concurrency } = how;
    await this.#deps.bus.publish({
      type: "agent.configured",
      subject: `agent/${id}`,
      principal: by,
      ...(key === undefined ? {} : { idempotencykey: `agent.configured:${key}` }),
      ...(cause === undefined ? {} : { cause }),
      data: {
        agentId: id,
        version,
        config,
        configHash,
        by,
        ...(runId === undefined ? {} : { runId }),
        ...(restores === undefined ? {} : { restores }),
        ...(tuning === undefined ? {} : { tuning }),
        ...(concurrency === undefined ? {} : { concurrency }),
      },
    });
    const { configVersion, configHash: current } = this.get(id);
    return { version: configVersion, configHash: current };
  }

  /** Gives an agent all that an improvement changed, or takes it back. */
  async adopt(
    id: string,
    { config, tuning, concurrency }: AgentSetup,
    how: { readonly key: string; readonly cause: Cause; readonly restores: number },
  ): Promise<void> {
    await this.configure(id, config, { ...how, by: BY_EVOLUTION, tuning, concurrency });
  }

  /** Lets an agent have another number of tasks at once. */
  async scale(id: string, concurrency: number, how: Ordering): Promise<void> {
    this.get(id);
    const data = { agentId: id, concurrency, by: how.by };
    await this.#deps.bus.publish({ type: "agent.scaled", data, ...orderedBy(id, "agent.scaled", how) });
  }

  /** Keeps new tasks from an agent, until a time or until it is resumed. */
  async drain(id: string, how: Ordering & { readonly reason: string; readonly untilMs?: number }): Promise<void> {
    this.get(id);
    const { by, reason, untilMs } = how;
    const data = { agentId: id, by, reason, ...(untilMs === undefined ? {} : { untilMs }) };
    await this.#deps.bus.publish({ type: "agent.drained", data, ...orderedBy(id, "agent.drained", how) });
  }

  /** Lets an agent take tasks again; nothing is started for it. */
  async resume(id: string, how: Ordering & { readonly reason: string }): Promise<void> {
    this.get(id);
    const data = { agentId: id, by: how.by, reason: how.reason };
    await this.#deps.bus.publish({ type: "agent.resumed", data, ...orderedBy(id, "agent.resumed", how) });
  }

  /**
   * Carries out an order; resolves once it is durable and whatever had to end has ended.
   *
   * @throws {AiosError} `agent.unknown`, `conflict` (an archived agent takes no order but `reset`), `process.spawn`
   */
  async command(id: string, order: AgentOrder, reason: string, by: string): Promise<AgentRow> {
    const { bus, pool, config } = this.#deps;
    if (this.get(id).accepting === "archived" && order !== "reset")
      throw new AiosError("conflict", `agent ${id} is archived; reset it first`);
    const data = { agentId: id, by, reason };
    const options = { subject: `agent/${id}`, principal: by };
    switch (order) {
      case "start":
        await bus.publish({ type: "agent.resumed", data, ...options });
        await this.#deps.tryAgain(id, by);
        await pool.start(id);
        break;
      case "stop": {
        // What stopping interrupts must not begin again on the agent that is being stopped.
        await bus.publish({ type: "agent.drained", data, ...options });
        const { ended } = await pool.stop(id, config.agents.graceMs);
        await bus.publish({ type: "agent.stopped", data: { ...data, ended: [...ended] }, ...options });
        break;
      }
      case "drain":
        await bus.publish({ type: "agent.drained", data, ...options });
        break;
      case "reset":
        await bus.publish({ type: "agent.reset", data, ...options });
        break;
      case "archive":
        await bus.publish({ type: "agent.archived", data, ...options });
        await pool.stop(id, config.agents.graceMs);
    }
    return this.get(id);
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  get(id: string): AgentRow {
    const agent = this.#deps.agents.get(id);
    if (agent === undefined) throw new AiosError("agent.unknown", `there is no agent "${id}"`);
    return agent;
  }
}

function orderedBy(id: string, type: string, { by, key, cause }: Ordering) {
  return { subject: `agent/${id}`, principal: by, idempotencykey: `${type}:${key}`, cause };
}

function checkId(id: string): void {
  if (AGENT_ID.test(id)) return;
  const message = `must be ${AGENT_ID_ADVICE}`;
  throw new AiosError("agent.invalid", `the id "${id.slice(0, 128)}" ${message}`, {
    faults: [{ path: "id", message }],
  });
}

/** A function cannot be journaled: its agent names no configuration, and the library holds the function itself. */
function checkConfig(kind: string, config: Json): void {
  if (kind !== "function") parseAgentConfig(kind, config);
}
