import { openAgent } from "../agents/index.ts";
import type { AgentBody, AgentContext, AgentPorts, AgentReport, Attempt, AttemptResult } from "../agents/kind.ts";
import { mergedEnds, NOTHING_ENDED } from "../agents/process/end-tree.ts";
import { AiosError, messageOf } from "../kernel/errors.ts";
import type { EndReport, ProcessIdentity } from "../kernel/processes.ts";
import type { Tried } from "./care.ts";

export interface PoolDeps {
  readonly ports: AgentPorts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory of one agent; created when it does not exist. */
  readonly workspace: (agentId: string) => Promise<string>;
  readonly report: (agentId: string, report: AgentReport) => void;
  /** The configuration that holds now. */
  readonly configuration: (agentId: string) => Configured | undefined;
}

interface Configured {
  readonly kind: string;
  readonly config: unknown;
  readonly version: number;
}

interface Wanted extends Configured {
  readonly purpose: Life["purpose"];
}

/** An agent's body under one version of its configuration. */
interface Life {
  readonly version: number;
  readonly opening: Promise<AgentBody>;
  /** There once it is open. */
  body: AgentBody | undefined;
  /** Attempts under way. */
  running: number;
  /** Whether it works for the agent, or runs copies that count nowhere. */
  readonly purpose: "work" | Tried["purpose"];
}

/**
 * The living bodies of the agents, opened when they are first needed and opened anew when their configuration changed.
 * Nothing here is state that a restart would miss.
 *
 * Invariants:
 *  1. An attempt ends with the configuration it began with. An older body without work is closed before the next one is
 *     opened; one that still works is closed with the last of its attempts.
 *  2. After `close` nothing runs and nothing begins.
 */
export class AgentPool {
  readonly #deps: PoolDeps;
  readonly #current = new Map<string, Life>();
  /** Of older configurations, with work under way. */
  readonly #leaving = new Map<string, Set<Life>>();
  /** Of configurations that are tried, by agent and then by what they are tried for. */
  readonly #beside = new Map<string, Map<string, Life>>();
  #closed = false;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  /**
   * Runs one attempt with the configuration of now, or in a body beside it with one that is tried.
   *
   * @throws {AttemptFailure}
   * @throws {AiosError} `agent.unknown`, `agent.invalid`, `engine.stopping`
   */
  async run(agentId: string, attempt: Attempt, signal: AbortSignal, tried?: Tried): Promise<AttemptResult> {
    const life = this.#life(agentId, tried);
    life.running += 1;
    try {
      const body = await life.opening;
      return await body.run(attempt, signal);
    } finally {
      life.running -= 1;
      await this.#leave(agentId, life);
    }
  }

  /** Makes sure that a resident process runs. Rejects as `run` does, and with `process.spawn`. */
  async start(agentId: string): Promise<void> {
    const body = await this.#life(agentId).opening;
    await body.start();
  }

  /** A version is tried no longer: its body is closed with the last of its attempts. */
  async dismiss(agentId: string, key: string): Promise<void> {
    const beside = this.#beside.get(agentId);
    const life = beside?.get(key);
    if (beside === undefined || life === undefined) return;
    beside.delete(key);
    if (beside.size === 0) this.#beside.delete(agentId);
    this.#leaving.set(agentId, (this.#leaving.get(agentId) ?? new Set()).add(life));
    await this.#leave(agentId, life);
  }

  /** Processes alive for an agent now; none when it has no body. Those of copies in shadow are not its own. */
  processes(agentId: string): readonly ProcessIdentity[] {
    // Sensors ask this of every agent at every look.
    if (!this.#leaving.has(agentId) && !this.#beside.has(agentId))
      return this.#current.get(agentId)?.body?.processes() ?? [];
    const own = this.#lives(agentId).filter(({ purpose }) => purpose !== "shadow");
    return own.flatMap(({ body }) => body?.processes() ?? []);
  }

  /** Agents that have a process now, those that were given work first in front. */
  withProcesses(): readonly { readonly id: string; readonly processes: readonly ProcessIdentity[] }[] {
    // Most of many agents have none, and sensors ask at every look.
    const found: { readonly id: string; readonly processes: readonly ProcessIdentity[] }[] = [];
    const look = (id: string) => {
      const processes = this.processes(id);
      if (processes.length > 0) found.push({ id, processes });
    };
    for (const id of this.#current.keys()) look(id);
    for (const id of this.#leaving.keys()) if (!this.#current.has(id)) look(id);
    return found;
  }

  /** Ends what runs for an agent; it begins anew with its next task or start. */
  async stop(agentId: string, graceMs: number): Promise<EndReport> {
    const ends = this.#lives(agentId).map(async ({ opening }) => {
      const body = await opening.catch(() => undefined);
      return body?.stop({ graceMs });
    });
    const reports = await Promise.all(ends);
    return reports.reduce<EndReport>((sum, report) => mergedEnds(sum, report ?? NOTHING_ENDED), NOTHING_ENDED);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const agents = new Set([...this.#current.keys(), ...this.#leaving.keys(), ...this.#beside.keys()]);
    const all = [...agents].flatMap((agentId) => this.#lives(agentId));
    this.#current.clear();
    this.#leaving.clear();
    this.#beside.clear();
    await Promise.all(all.map((life) => this.#end(life)));
  }

  #lives(agentId: string): readonly Life[] {
    const current = this.#current.get(agentId);
    const beside = this.#beside.get(agentId)?.values() ?? [];
    return [...(current === undefined ? [] : [current]), ...(this.#leaving.get(agentId) ?? []), ...beside];
  }

  /** The life of now; found or begun at once, so that two callers cannot begin two. */
  #life(agentId: string, tried?: Tried): Life {
    if (this.#closed) throw new AiosError("engine.stopping", "the engine ends what its agents do");
    const own = this.#deps.configuration(agentId);
    if (own === undefined) throw new AiosError("agent.unknown", `there is no agent "${agentId}"`);
    if (tried === undefined) return this.#livesIn(this.#current, agentId, agentId, { ...own, purpose: "work" });
    const { version, purpose } = tried;
    const wanted = { ...own, version, purpose, ...(own.kind === "function" ? {} : { config: tried.config }) };
    const beside = this.#beside.get(agentId) ?? new Map<string, Life>();
    this.#beside.set(agentId, beside);
    return this.#livesIn(beside, tried.key, agentId, wanted);
  }

  #livesIn(lives: Map<string, Life>, key: string, agentId: string, wanted: Wanted): Life {
    const present = lives.get(key);
    if (present?.version === wanted.version) return present;
    const opening = this.#open(agentId, wanted, present);
    const { version, purpose } = wanted;
    const life: Life = { version, purpose, opening, body: undefined, running: 0 };
    lives.set(key, life);
    opening.then(
      (body) => {
        life.body = body;
      },
      () => {
        if (lives.get(key) === life) lives.delete(key);
      },
    );
    return life;
  }

  async #open(agentId: string, wanted: Wanted, previous: Life | undefined): Promise<AgentBody> {
    if (previous !== undefined && previous.running > 0)
      this.#leaving.set(agentId, (this.#leaving.get(agentId) ?? new Set()).add(previous));
    else if (previous !== undefined) await this.#end(previous);
    const context: AgentContext = {
      agentId,
      workspace: await this.#deps.workspace(agentId),
      environment: this.#deps.environment,
      ports: this.#deps.ports,
      report: (report) => {
        const told = wanted.purpose === "shadow" ? inShadow(report) : report;
        if (told !== undefined) this.#deps.report(agentId, told);
      },
    };
    return openAgent(wanted.kind, wanted.config, context);
  }

  /** Closes an older body with the last of its attempts. */
  async #leave(agentId: string, life: Life): Promise<void> {
    const leaving = this.#leaving.get(agentId);
    if (life.running > 0 || leaving?.delete(life) !== true) return;
    if (leaving.size === 0) this.#leaving.delete(agentId);
    await this.#end(life);
  }

  async #end({ opening }: Life): Promise<void> {
    try {
      const body = await opening.catch(() => undefined);
      await body?.close();
    } catch (failure) {
      this.#deps.ports.log.error("an agent's body could not be closed", { failure: messageOf(failure) });
    }
  }
}

/** Of what a body in shadow says only its processes are told, and as not the agent's own: a crash must not leave them behind. */
function inShadow(report: AgentReport): AgentReport | undefined {
  if (report.kind !== "process_started" && report.kind !== "process_exited") return undefined;
  return { ...report, shadow: true };
}
