import type { AgentsView } from "../actors/views/agents.ts";
import type { TaskRow, TasksView } from "../actors/views/tasks.ts";
import type { Config } from "../config.ts";
import type { EventBus } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Priority } from "../events/vocabulary.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";

/** What somebody asks for; everything left out has its configured default. */
export interface TaskRequest {
  readonly agent?: string | undefined;
  readonly capability?: string | undefined;
  readonly input: Json;
  readonly priority?: Priority | undefined;
  readonly timeoutMs?: number | undefined;
  readonly retries?: number | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly onInterrupt?: "retry" | "fail" | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface TaskDeskDeps {
  readonly bus: EventBus;
  readonly entropy: Entropy;
  readonly hash: Hash;
  readonly tasks: TasksView;
  readonly agents: AgentsView;
  readonly config: Config["tasks"];
  readonly isStopping: () => boolean;
}

const ended: ReadonlySet<string> = new Set(["succeeded", "failed", "dead", "cancelled"]);

/** Takes tasks in, cancels them, and queues ended ones again. */
export class TaskDesk {
  readonly #deps: TaskDeskDeps;
  /** Submissions on their way into the journal: they count as waiting, or any number could pass at once. */
  #arriving = 0;

  constructor(deps: TaskDeskDeps) {
    this.#deps = deps;
  }

  /**
   * Accepts a task; resolves once that is durable. The same idempotency key of the same submitter gives the task it gave before.
   *
   * @throws {AiosError} `agent.unknown`, `task.unknown`, `task.cycle`, `conflict` (archived agent), `busy`, `engine.stopping`
   */
  async submit(request: TaskRequest, by: string, cause?: Cause): Promise<TaskRow> {
    const { bus, config, entropy, hash } = this.#deps;
    const { idempotencyKey } = request;
    const id =
      idempotencyKey === undefined
        ? `task-${entropy.id()}`
        : `task-${hash.sha256(`${by}\n${idempotencyKey}`).slice(0, 20)}`;
    const before = this.#deps.tasks.get(id);
    if (before !== undefined) return before;
    this.#admit(request, id);
    const task: TaskSpec = {
      id,
      ...(request.agent === undefined ? {} : { agentId: request.agent }),
      ...(request.capability === undefined ? {} : { capability: request.capability }),
      input: request.input,
      priority: request.priority ?? config.priority,
      timeoutMs: request.timeoutMs ?? config.timeoutMs,
      retries: request.retries ?? config.retries,
      dependsOn: [...new Set(request.dependsOn ?? [])],
      onInterrupt: request.onInterrupt ?? "retry",
      submittedBy: by,
      ...pinnedBy(request),
    };
    this.#arriving++;
    try {
      await bus.accept({
        type: "task.submitted",
        data: { task },
        subject: `task/${id}`,
        principal: by,
        ...(cause === undefined ? {} : { cause }),
        idempotencykey: `task.submitted:${id}`,
      });
    } finally {
      this.#arriving--;
    }
    return this.#get(id);
  }

  /** Asks to cancel; resolves once the wish is durable. What has ended stays as it ended. */
  async cancel(id: string, reason: string, by: string): Promise<TaskRow> {
    const task = this.#get(id);
    if (ended.has(task.state)) throw new AiosError("conflict", `task ${id} has already ended: ${task.state}`);
    await this.#deps.bus.publish({
      type: "task.cancel_requested",
      data: { taskId: id, by, reason },
      subject: `task/${id}`,
      principal: by,
    });
    return this.#get(id);
  }

  /** Queues an ended task again under its own id. Asking twice with one key changes nothing the second time. */
  async retry(
    id: string,
    how: {
      readonly by: string;
      readonly key: string;
      readonly probe: boolean;
      readonly runId?: string;
      readonly cause?: Cause;
    },
  ): Promise<TaskRow> {
    const task = this.#get(id);
    const { by, key, probe, runId, cause } = how;
    if (this.wasRetried(key)) return task;
    const idempotencykey = retriedKey(key);
    // Its wait is over and its agent takes nothing yet: as a probe it would be let through.
    const again = task.state === "waiting" || (task.state === "queued" && task.attempts > 0);
    if (!ended.has(task.state) && !again)
      throw new AiosError("conflict", `task ${id} is ${task.state}; only one that ended or waits can be tried again`);
    if (task.state === "succeeded") throw new AiosError("conflict", `task ${id} has already succeeded`);
    const agent = task.agent === undefined ? {} : { agentId: task.agent };
    const run = runId === undefined ? {} : { runId };
    await this.#deps.bus.publish({
      type: "task.retried",
      subject: `task/${id}`,
      principal: by,
      idempotencykey,
      ...(cause === undefined ? {} : { cause }),
      data: { taskId: id, by, probe, ...agent, ...run, task: task.spec, attempts: task.attempts },
    });
    return this.#get(id);
  }

  /** Whether a task was queued again under this key before. */
  wasRetried(key: string): boolean {
    return this.#deps.bus.receiptOf(retriedKey(key)) !== undefined;
  }

  #admit(request: TaskRequest, id: string): void {
    const { tasks, agents, config } = this.#deps;
    if (this.#deps.isStopping())
      throw new AiosError("engine.stopping", "the engine takes no new tasks", { retryAfterSeconds: 5 });
    if (request.agent !== undefined) {
      const agent = agents.get(request.agent);
      if (agent === undefined) {
        throw new AiosError("agent.unknown", `there is no agent "${request.agent}"`, {
          faults: [{ path: "agent", message: "is not registered" }],
        });
      }
      if (agent.accepting === "archived")
        throw new AiosError("conflict", `agent ${request.agent} is archived; reset it first`);
    }
    for (const [index, dependency] of (request.dependsOn ?? []).entries()) {
      const path = `dependsOn[${index}]`;
      if (dependency === id)
        throw new AiosError("task.cycle", `task ${id} depends on itself`, {
          faults: [{ path, message: "is this task" }],
        });
      if (tasks.get(dependency) === undefined) {
        throw new AiosError("task.unknown", `there is no task "${dependency}"`, {
          faults: [{ path, message: "is not known" }],
        });
      }
    }
    const { queued, waiting } = tasks.counts();
    const ahead = queued + waiting + this.#arriving;
    if (ahead >= config.maxQueued)
      throw new AiosError("busy", `${ahead} tasks are waiting already`, { retryAfterSeconds: 5 });
  }

  #get(id: string): TaskRow {
    const task = this.#deps.tasks.get(id);
    if (task === undefined) throw new AiosError("task.unknown", `there is no task "${id}"`);
    return task;
  }
}

/** What the submitter named himself holds whatever is tuned. */
function pinnedBy({ timeoutMs, retries }: TaskRequest): Pick<TaskSpec, "pinned"> {
  const pinned = [
    ...(timeoutMs === undefined ? [] : (["timeoutMs"] as const)),
    ...(retries === undefined ? [] : (["retries"] as const)),
  ];
  return pinned.length === 0 ? {} : { pinned };
}

function retriedKey(key: string): string {
  return `task.retried:${key}`;
}
