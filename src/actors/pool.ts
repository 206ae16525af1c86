import { openAgent } from "../agents/index.ts";
import type { AgentBody, AgentContext, AgentPorts, AgentReport } from "../agents/kind.ts";
import type { EndReport, ProcessIdentity } from "../kernel/processes.ts";

export interface PoolDeps {
  readonly ports: AgentPorts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The directory of one agent; created when it does not exist. */
  readonly workspace: (agentId: string) => Promise<string>;
  readonly report: (agentId: string, report: AgentReport) => void;
  /** The configuration that holds now. */
  readonly configuration: (
    agentId: string,
  ) => { readonly kind: string; readonly config: unknown; readonly version: number } | undefined;
}

interface Opened {
  readonly body: AgentBody;
  readonly version: number;
}

/**
 * The living bodies of the agents, opened when they are first needed and opened anew when their configuration changed.
 * Nothing here is state that a restart would miss.
 */
export class AgentPool {
  readonly #deps: PoolDeps;
  readonly #bodies = new Map<string, Promise<Opened>>();
  readonly #ready = new Map<string, Opened>();

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  /**
   * The body with the configuration of now. An older one is closed first, so two versions never run side by side.
   *
   * @throws {AiosError} `agent.unknown`, `agent.invalid`
   */
  async body(agentId: string): Promise<AgentBody> {
    const wanted = this.#deps.configuration(agentId);
    const present = this.#bodies.get(agentId);
    if (present !== undefined) {
      const opened = await present;
      if (wanted === undefined || opened.version === wanted.version) return opened.body;
    }
    const opening = this.#open(agentId, present);
    this.#bodies.set(agentId, opening);
    opening.catch(() => this.#bodies.delete(agentId));
    return (await opening).body;
  }

  /** Processes alive for an agent now; none when it has no body. */
  processes(agentId: string): readonly ProcessIdentity[] {
    return this.#ready.get(agentId)?.body.processes() ?? [];
  }

  /** Ends what runs for an agent; it begins anew with its next task or start. */
  async stop(agentId: string, graceMs: number): Promise<EndReport> {
    const opened = this.#ready.get(agentId);
    return opened === undefined ? { ended: [], remaining: [], signal: "none" } : opened.body.stop({ graceMs });
  }

  async close(): Promise<void> {
    const all = [...this.#bodies.values()];
    this.#bodies.clear();
    await Promise.allSettled(all.map(async (opening) => (await opening).body.close()));
    this.#ready.clear();
  }

  async #open(agentId: string, previous: Promise<Opened> | undefined): Promise<Opened> {
    const old = await previous?.catch(() => undefined);
    await old?.body.close();
    const wanted = this.#deps.configuration(agentId);
    if (wanted === undefined) throw new Error(`agent ${agentId} is not registered`);
    const context: AgentContext = {
      agentId,
      workspace: await this.#deps.workspace(agentId),
      environment: this.#deps.environment,
      ports: this.#deps.ports,
      report: (report) => this.#deps.report(agentId, report),
    };
    const opened = { body: await openAgent(wanted.kind, wanted.config, context), version: wanted.version };
    this.#ready.set(agentId, opened);
    return opened;
  }
}
