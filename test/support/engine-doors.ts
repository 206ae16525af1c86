import type {
  EndOptions,
  EngineDoors,
  Look,
  Message,
  Reading,
  Resource,
  Restarted,
  TaskOrder,
} from "../../src/actions/engine-doors.ts";
import type { AgentFacts, TaskFacts } from "../../src/domain/playbook/facts.ts";
import type { Receipt } from "../../src/events/envelope.ts";
import type { AgentTuning } from "../../src/events/types/agent.ts";
import { AiosError } from "../../src/kernel/errors.ts";
import { canonical } from "../../src/kernel/hash.ts";
import type { Json } from "../../src/kernel/json.ts";
import type { EndReport, Processes, ProcessIdentity, StartCommand } from "../../src/kernel/processes.ts";
import { nodeHash } from "../../src/platform/hash.ts";

interface Agent {
  facts: AgentFacts;
  readonly command: StartCommand | undefined;
}

/** The engine's doors over agents, tasks and messages kept in memory; their processes are real. */
export class MemoryEngine implements EngineDoors {
  readonly published: { readonly type: string; readonly data: Json; readonly key: string }[] = [];
  readonly messages: (Message & { readonly key: string })[] = [];
  readonly retried: { readonly taskId: string; readonly key: string; readonly probe: boolean }[] = [];
  readonly drained: { readonly reason: string; readonly untilMs?: number }[] = [];
  readonly submitted: { readonly key: string; readonly input: Json }[] = [];
  /** How tasks end that actions submit. */
  tasksEnd: TaskFacts["state"] = "succeeded";
  readonly readings = new Map<string, Reading>();
  /** What a look at a watch shows, by its name. */
  readonly looks = new Map<string, Look>();
  /** Of agents by version, and medians of an agent's calls of a model by their number. */
  readonly configurations = new Map<string, Json>();
  readonly modelCalls = new Map<string, number>();
  readonly #agents = new Map<string, Agent>();
  readonly #tasks = new Map<string, TaskFacts>();
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  async addAgent(id: string, changes: Partial<AgentFacts> = {}, command?: StartCommand): Promise<AgentFacts> {
    const config = changes.config ?? {};
    const facts: AgentFacts = {
      id,
      kind: "process",
      state: "idle",
      breaker: "closed",
      config,
      configVersion: 1,
      configHash: nodeHash.sha256(canonical(config)),
      concurrency: 1,
      accepting: true,
      running: [],
      processes: command === undefined ? [] : [await this.#start(command)],
      ...changes,
    };
    this.#agents.set(id, { facts, command });
    return facts;
  }

  addTask(id: string, state: TaskFacts["state"]): void {
    this.#tasks.set(id, { id, state, input: null, attempts: 1 });
  }

  change(agentId: string, changes: Partial<AgentFacts>): void {
    const agent = this.#find(agentId);
    agent.facts = { ...agent.facts, ...changes };
  }

  agent(agentId: string): AgentFacts | undefined {
    return this.#agents.get(agentId)?.facts;
  }

  task(taskId: string): TaskFacts | undefined {
    return this.#tasks.get(taskId);
  }

  async stopAgent(agentId: string, { graceMs }: EndOptions): Promise<EndReport> {
    const { processes } = this.#find(agentId).facts;
    const reports = await Promise.all(processes.map((identity) => this.#processes.end(identity, { graceMs })));
    this.change(agentId, { processes: [] });
    return {
      ended: reports.flatMap(({ ended }) => ended),
      remaining: reports.flatMap(({ remaining }) => remaining),
      signal: reports[0]?.signal ?? "none",
    };
  }

  async restartAgent(agentId: string, options: EndOptions): Promise<Restarted> {
    const { ended } = await this.stopAgent(agentId, options);
    const { command } = this.#find(agentId);
    const started = command === undefined ? undefined : await this.#start(command);
    if (started !== undefined) this.change(agentId, { processes: [started] });
    return { ended, started };
  }

  async configureAgent(
    agentId: string,
    config: Json,
    { tuning }: { readonly tuning?: AgentTuning } = {},
  ): Promise<{ version: number; configHash: string }> {
    const version = this.#find(agentId).facts.configVersion + 1;
    const configHash = nodeHash.sha256(canonical(config));
    this.change(agentId, { config, configVersion: version, configHash, ...(tuning === undefined ? {} : { tuning }) });
    this.configurations.set(`${agentId} ${version}`, config);
    return { version, configHash };
  }

  configuration(agentId: string, version: number): Json | undefined {
    return this.configurations.get(`${agentId} ${version}`);
  }

  modelCallMs(agentId: string, model: string, calls: number): number | undefined {
    return this.modelCalls.get(`${agentId} ${model} ${calls}`);
  }

  async scaleAgent(agentId: string, concurrency: number): Promise<void> {
    this.change(agentId, { concurrency });
  }

  async drainAgent(agentId: string, order: { readonly reason: string; readonly untilMs?: number }): Promise<void> {
    this.drained.push(order);
    this.change(agentId, { accepting: false });
  }

  async resumeAgent(agentId: string): Promise<void> {
    this.change(agentId, { accepting: true });
  }

  async submitTask({ input }: TaskOrder, { key }: { readonly key: string }): Promise<string> {
    const id = `task-${key}`;
    if (!this.#tasks.has(id)) this.submitted.push({ key, input });
    this.#tasks.set(id, { id, state: this.tasksEnd, input, attempts: 1 });
    return id;
  }

  async retryTask(taskId: string, { key, probe }: { readonly key: string; readonly probe: boolean }): Promise<void> {
    if (!this.#tasks.has(taskId)) throw new AiosError("task.unknown", `there is no task "${taskId}"`);
    this.retried.push({ taskId, key, probe });
    this.addTask(taskId, "queued");
  }

  async publish(type: string, data: Json, { key }: { readonly key: string }): Promise<Receipt> {
    this.published.push({ type, data, key });
    return { id: key, sequence: this.published.length };
  }

  async notify(message: Message, { key }: { readonly key: string }): Promise<void> {
    this.messages.push({ ...message, key });
  }

  async reading(scope: { readonly agentId: string } | "host", resource: Resource): Promise<Reading | undefined> {
    return this.readings.get(`${scope === "host" ? scope : scope.agentId} ${resource}`);
  }

  async look(watch: string): Promise<Look | undefined> {
    return this.looks.get(watch);
  }

  async #start(command: StartCommand): Promise<ProcessIdentity> {
    return (await this.#processes.start(command)).identity;
  }

  #find(agentId: string): Agent {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) throw new AiosError("agent.unknown", `there is no agent "${agentId}"`);
    return agent;
  }
}
