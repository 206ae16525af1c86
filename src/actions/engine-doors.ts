import type { AgentFacts, TaskFacts } from "../domain/playbook/facts.ts";
import type { Receipt } from "../events/envelope.ts";
import type { AgentTuning } from "../events/types/agent.ts";
import type { Json } from "../kernel/json.ts";
import type { EndReport, ProcessIdentity } from "../kernel/processes.ts";

/**
 * What actions and checks may ask of the engine; the runtime implements it.
 *
 * Every change takes a `key`: asking twice with one key changes nothing the second time and answers the same.
 * What does not exist is refused with `agent.unknown` or `task.unknown`.
 */
export interface EngineDoors {
  agent(agentId: string): AgentFacts | undefined;
  task(taskId: string): TaskFacts | undefined;
  /** Ends what runs of an agent and starts it again; `started` is absent for an agent that has no resident process. */
  restartAgent(agentId: string, options: EndOptions): Promise<Restarted>;
  /** Ends what runs of an agent; it stays down until it is started or has a task. */
  stopAgent(agentId: string, options: EndOptions): Promise<EndReport>;
  /**
   * Gives an agent a new configuration version; `restores` names the version whose content it is, `tuning` replaces the
   * agent's where it is given.
   */
  configureAgent(
    agentId: string,
    config: Json,
    options: { readonly key: string; readonly restores?: number; readonly tuning?: AgentTuning },
  ): Promise<{ readonly version: number; readonly configHash: string }>;
  /** The content of a version of an agent's configuration; `undefined` where it is not kept. */
  configuration(agentId: string, version: number): Json | undefined;
  /** The median of an agent's newest calls of a model, in milliseconds; `undefined` where there are not so many. */
  modelCallMs(agentId: string, model: string, calls: number): number | undefined;
  /** How many tasks an agent may have at once. */
  scaleAgent(agentId: string, concurrency: number, options: Keyed): Promise<void>;
  /** An agent takes no new task, until a time or until it is resumed; what runs may finish. */
  drainAgent(agentId: string, options: Keyed & { readonly reason: string; readonly untilMs?: number }): Promise<void>;
  /** An agent takes tasks again. */
  resumeAgent(agentId: string, options: Keyed & { readonly reason: string }): Promise<void>;
  /** Submits a task; the same key is the same task. Answers with its id. */
  submitTask(order: TaskOrder, options: Keyed): Promise<string>;
  /** Queues a task that ended once more. `probe` lets it through as the one probe of a degraded agent. */
  retryTask(taskId: string, options: { readonly key: string; readonly probe: boolean }): Promise<void>;
  publish(type: string, data: Json, options: { readonly key: string }): Promise<Receipt>;
  /** Hands a message to the outbox, which retries by itself. */
  notify(message: Message, options: { readonly key: string }): Promise<void>;
  /** A fresh measurement, taken after the call; `undefined` where it cannot be taken. */
  reading(scope: { readonly agentId: string } | "host", resource: Resource): Promise<Reading | undefined>;
  /** A fresh look at what a watch told of, by its name; `undefined` where it cannot be looked at. */
  look(watch: string): Promise<Look | undefined>;
}

export interface Keyed {
  readonly key: string;
}

export interface TaskOrder {
  readonly agent?: string | undefined;
  readonly capability?: string | undefined;
  readonly input: Json;
  readonly timeoutMs?: number | undefined;
}

export interface EndOptions extends Keyed {
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
}

export interface Restarted {
  readonly ended: readonly number[];
  readonly started: ProcessIdentity | undefined;
}

export interface Message {
  readonly channel: "log" | "webhook";
  readonly text: string;
  /** Of the webhook; the configured one when absent. */
  readonly url?: string;
}

/** `between`: no longer bad enough to be told, not yet well either. */
export interface Look {
  readonly stands: "bad" | "between" | "well";
  readonly says: string;
}

export type Resource = "cpu" | "memory" | "disk" | "gpu";

/** Host: per cent. Agent: CPU in per cent of one core, used or waited for, memory in MiB, its process tree summed. */
export interface Reading {
  readonly value: number;
  readonly unit: string;
  readonly atMs: number;
}
