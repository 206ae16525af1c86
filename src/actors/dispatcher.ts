import { type Advice, type Attempt, AttemptFailure, type AttemptResult } from "../agents/kind.ts";
import type { EventBus } from "../events/bus.ts";
import type { Cause } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { FailureFacts, FailureReason } from "../events/vocabulary.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Dispatch } from "../machines/scheduler.ts";
import type { Abort } from "../machines/scheduler-consequences.ts";
import { type BackoffSettings, backoffMs } from "../resilience/backoff.ts";
import type { AgentPool } from "./pool.ts";

/** Output above this many bytes is kept in a file beside the journal. */
export const INLINE_OUTPUT_BYTES = 64 * 1024;

export interface DispatcherDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly pool: AgentPool;
  readonly backoff: BackoffSettings;
  readonly configVersion: (agentId: string) => number;
  readonly advice: (task: TaskSpec, agentId: string) => Promise<readonly Advice[]>;
  readonly keepOutput: (taskId: string, text: string) => Promise<void>;
}

interface Running {
  readonly controller: AbortController;
  /** Who asked for a cancel, and why. */
  cancel: { readonly by: string; readonly why: string } | undefined;
}

/**
 * Executes what the scheduler decided: starts attempts, ends them when they must end, and journals how each ended.
 * An attempt is over only when nothing of it runs any more.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  readonly #running = new Map<string, Running>();
  readonly #settled = new Set<Promise<void>>();

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  get running(): number {
    return this.#running.size;
  }

  async dispatch(order: Dispatch, cause: Cause): Promise<void> {
    const running: Running = { controller: new AbortController(), cancel: undefined };
    this.#running.set(order.task.id, running);
    const work = this.#attempt(order, cause, running).finally(() => this.#running.delete(order.task.id));
    this.#settled.add(work);
    try {
      await work;
    } finally {
      this.#settled.delete(work);
    }
  }

  abort(order: Abort): void {
    const running = this.#running.get(order.taskId);
    if (running === undefined) return;
    if (order.reason === "cancelled") running.cancel ??= { by: order.by, why: order.why };
    running.controller.abort(order.reason);
  }

  /** Lets what runs finish for `graceMs`, then interrupts it; resolves when all of it is journaled. */
  async drain(graceMs: number): Promise<void> {
    const cancel = this.#deps.clock.at(this.#deps.clock.now() + graceMs, () => {
      for (const { controller } of this.#running.values()) controller.abort("interrupted");
    });
    await Promise.allSettled(this.#settled);
    cancel();
  }

  async #attempt(order: Dispatch, cause: Cause, running: Running): Promise<void> {
    const { task, agentId, attempt, probe } = order;
    const { bus, clock } = this.#deps;
    const key = `${task.id}/${attempt}`;
    const advice = await this.#deps.advice(task, agentId).catch(() => []);
    const deadlineAtMs = clock.now() + task.timeoutMs;
    await bus.publish({
      type: "task.started",
      subject: `task/${task.id}`,
      idempotencykey: `task.started:${key}`,
      cause,
      data: {
        taskId: task.id,
        agentId,
        attempt,
        key,
        deadlineAtMs,
        configVersion: this.#deps.configVersion(agentId),
        probe,
        lessons: advice.map((one) => one.key),
      },
    });
    const began = clock.monotonic();
    const parameters: Attempt = {
      taskId: task.id,
      attempt,
      idempotencyKey: key,
      deadlineMs: deadlineAtMs,
      input: task.input,
      advice,
    };
    try {
      const result = await this.#deps.pool.run(agentId, parameters, running.controller.signal);
      await this.#succeeded(order, key, result, clock.monotonic() - began, cause);
    } catch (failure) {
      await this.#failed(order, key, failure, clock.monotonic() - began, cause, running);
    }
  }

  async #succeeded(
    order: Dispatch,
    key: string,
    result: AttemptResult,
    durationMs: number,
    cause: Cause,
  ): Promise<void> {
    const { task, agentId, attempt } = order;
    const text = JSON.stringify(result.output) ?? "null";
    const outputBytes = new TextEncoder().encode(text).length;
    const inline = outputBytes <= INLINE_OUTPUT_BYTES;
    if (!inline) await this.#deps.keepOutput(task.id, text);
    const output: { readonly output?: Json } = inline ? { output: result.output } : {};
    await this.#publish(() =>
      this.#deps.bus.publish({
        type: "task.succeeded",
        subject: `task/${task.id}`,
        idempotencykey: `task.ended:${key}`,
        cause,
        data: { taskId: task.id, agentId, attempt, key, durationMs: Math.round(durationMs), ...output, outputBytes },
      }),
    );
  }

  async #failed(
    order: Dispatch,
    key: string,
    failure: unknown,
    elapsedMs: number,
    cause: Cause,
    running: Running,
  ): Promise<void> {
    const { task, agentId, attempt } = order;
    const subject = `task/${task.id}`;
    const { reason, error, contained } = describe(failure);
    if (running.cancel !== undefined && reason === "cancelled") {
      const { by, why } = running.cancel;
      await this.#publish(() =>
        this.#deps.bus.publish({
          type: "task.cancelled",
          subject,
          idempotencykey: `task.ended:${key}`,
          cause,
          data: { taskId: task.id, agentId, by, reason: why },
        }),
      );
      return;
    }
    const retryAtMs = this.#retryAt(task, attempt, reason, error);
    await this.#publish(() =>
      this.#deps.bus.publish({
        type: "task.attempt_failed",
        subject,
        idempotencykey: `task.ended:${key}`,
        cause,
        data: {
          taskId: task.id,
          agentId,
          attempt,
          key,
          reason,
          error,
          durationMs: Math.round(elapsedMs),
          ...(contained === undefined
            ? {}
            : {
                contained: {
                  ended: [...contained.ended],
                  remaining: [...contained.remaining],
                  signal: contained.signal,
                },
              }),
          ...(retryAtMs === undefined ? {} : { retryAtMs }),
        },
      }),
    );
  }

  #retryAt(task: TaskSpec, attempt: number, reason: FailureReason, error: FailureFacts): number | undefined {
    const { clock, entropy, backoff } = this.#deps;
    if (reason === "interrupted") return task.onInterrupt === "retry" ? clock.now() : undefined;
    if (error.retryable === false || attempt > task.retries) return undefined;
    return clock.now() + backoffMs(attempt, backoff, entropy.random());
  }

  /** How an attempt ended must reach the journal: while it cannot be written, wait and try again. */
  async #publish(write: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await write();
        return;
      } catch (failure) {
        if (!(failure instanceof Error) || !("code" in failure) || failure.code !== "journal.unavailable")
          throw failure;
        await new Promise<void>((resolve) => this.#deps.clock.at(this.#deps.clock.now() + 1000, resolve));
      }
    }
  }
}

function describe(failure: unknown): {
  readonly reason: FailureReason;
  readonly error: FailureFacts;
  readonly contained?: AttemptFailure["contained"];
} {
  if (failure instanceof AttemptFailure)
    return { reason: failure.reason, error: failure.facts, contained: failure.contained };
  const code =
    failure instanceof Error && "code" in failure && typeof failure.code === "string" ? { code: failure.code } : {};
  return { reason: "spawn", error: { message: messageOf(failure), ...code } };
}
