import { type Advice, type Attempt, AttemptFailure } from "../agents/kind.ts";
import type { Cause } from "../events/envelope.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { FailureFacts, FailureReason } from "../events/vocabulary.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { Dispatch } from "../machines/scheduler.ts";
import type { Abort } from "../machines/scheduler-consequences.ts";
import { backoffMs } from "../resilience/backoff.ts";
import type { Care } from "./care.ts";
import type { Insist } from "./insist.ts";
import type { AgentPool } from "./pool.ts";
import type { ShadowDesk } from "./shadows.ts";

/** Output above this many bytes is kept in a file beside the journal. */
export const INLINE_OUTPUT_BYTES = 64 * 1024;

export interface DispatcherDeps {
  readonly insist: Insist;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly pool: AgentPool;
  /** Under which version of its agent's configuration an attempt runs. */
  readonly care: (order: Dispatch, cause: Cause) => Promise<Care>;
  readonly advice: (task: TaskSpec, agentId: string) => Promise<readonly Advice[]>;
  /** Why a task must not be given to an agent again; `undefined` when nothing speaks against it. */
  readonly refusal: (taskId: string, agentId: string) => string | undefined;
  /** Whether the budget of further attempts has room for one more. */
  readonly mayRetry: (atMs: number) => boolean;
  /** Copies of what runs, for changes that are looked at in shadow. */
  readonly shadows: Pick<ShadowDesk, "consider" | "end">;
  readonly keepOutput: (taskId: string, text: string) => Promise<void>;
}

/** What the event of a success carries; large output stands in a file. */
interface Kept {
  readonly output?: Json;
  readonly outputBytes: number;
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
    const work = this.#attempt(order, cause, running).finally(() => {
      // The next attempt may have begun with the very event that told of the end of this one.
      if (this.#running.get(order.task.id) === running) this.#running.delete(order.task.id);
    });
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
    const ended = this.#deps.shadows.end();
    const cancel = this.#deps.clock.at(this.#deps.clock.now() + graceMs, () => {
      for (const { controller } of this.#running.values()) controller.abort("interrupted");
    });
    await Promise.allSettled([...this.#settled, ended]);
    cancel();
  }

  async #attempt(order: Dispatch, cause: Cause, running: Running): Promise<void> {
    const { task, attempt } = order;
    const key = `${task.id}/${attempt}`;
    const care = await this.#deps.care(order, cause);
    const leave = await care.lane?.enter(running.controller.signal);
    try {
      await this.#taken(order, key, care, cause, running);
    } finally {
      leave?.();
    }
  }

  async #taken(order: Dispatch, key: string, care: Care, cause: Cause, running: Running): Promise<void> {
    const { task, agentId, attempt, probe } = order;
    const { insist, clock } = this.#deps;
    const lessons = await this.#deps.advice(task, agentId).catch(() => []);
    const advice = [...care.advice, ...lessons];
    let deadlineAtMs = 0;
    await insist(() => {
      deadlineAtMs = clock.now() + care.timeoutMs;
      return {
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
          configVersion: care.configVersion,
          probe,
          lessons: lessons.map((one) => one.key),
        },
      };
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
    const live = { task, agentId, attempt: parameters, lessons, signal: running.controller.signal, cause };
    this.#deps.shadows.consider(live, this.#running.size);
    const ended = await this.#work(agentId, parameters, running.controller.signal, care);
    const elapsedMs = clock.monotonic() - began;
    if ("result" in ended) await this.#succeeded(order, key, ended.result, elapsedMs, cause);
    else await this.#failed(order, key, ended.failure, elapsedMs, { cause, running, care });
  }

  /** The attempt itself, its output kept. Never rejects: what cannot be journaled afterwards did happen all the same. */
  async #work(
    agentId: string,
    attempt: Attempt,
    signal: AbortSignal,
    care: Care,
  ): Promise<{ readonly result: Kept } | { readonly failure: unknown }> {
    try {
      const refusal = this.#deps.refusal(attempt.taskId, agentId);
      if (refusal !== undefined) throw new AttemptFailure("error", { message: refusal, code: "AIOS_STALLED" });
      const { output } = await this.#deps.pool.run(agentId, attempt, signal, care.tried);
      return { result: await this.#keep(attempt.taskId, output) };
    } catch (failure) {
      return { failure };
    }
  }

  /** Puts aside what is too large for an event. */
  async #keep(taskId: string, output: Json): Promise<Kept> {
    const text = JSON.stringify(output) ?? "null";
    const outputBytes = new TextEncoder().encode(text).length;
    if (outputBytes <= INLINE_OUTPUT_BYTES) return { output, outputBytes };
    try {
      await this.#deps.keepOutput(taskId, text);
    } catch (cause) {
      const message = `its output of ${outputBytes} bytes could not be kept: ${messageOf(cause)}`;
      throw new AttemptFailure("output", { message, retryable: true }, { cause });
    }
    return { outputBytes };
  }

  async #succeeded(order: Dispatch, key: string, kept: Kept, durationMs: number, cause: Cause): Promise<void> {
    const { task, agentId, attempt } = order;
    await this.#deps.insist(() => ({
      type: "task.succeeded",
      subject: `task/${task.id}`,
      idempotencykey: `task.ended:${key}`,
      cause,
      data: { taskId: task.id, agentId, attempt, key, durationMs: Math.round(durationMs), ...kept },
    }));
  }

  async #failed(
    order: Dispatch,
    key: string,
    failure: unknown,
    elapsedMs: number,
    { cause, running, care }: { readonly cause: Cause; readonly running: Running; readonly care: Care },
  ): Promise<void> {
    const { task, agentId, attempt } = order;
    const subject = `task/${task.id}`;
    const { reason, error, contained } = describe(failure);
    if (running.cancel !== undefined && reason === "cancelled") {
      const { by, why } = running.cancel;
      await this.#deps.insist(() => ({
        type: "task.cancelled",
        subject,
        idempotencykey: `task.ended:${key}`,
        cause,
        data: { taskId: task.id, agentId, by, reason: why },
      }));
      return;
    }
    const again = this.#again(order, reason, error, care);
    await this.#deps.insist(() => ({
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
        ...again,
      },
    }));
  }

  /** When it is tried again, or what keeps it from that beside its own policy. */
  #again(
    { task, agentId, attempt }: Dispatch,
    reason: FailureReason,
    error: FailureFacts,
    { retries, backoff }: Care,
  ): { readonly retryAtMs?: number; readonly withheld?: "retry_budget" } {
    if (this.#deps.refusal(task.id, agentId) !== undefined) return {};
    const { clock, entropy, mayRetry } = this.#deps;
    const now = clock.now();
    if (reason === "interrupted") return task.onInterrupt === "retry" ? { retryAtMs: now } : {};
    if (error.retryable === false || attempt > retries) return {};
    if (!mayRetry(now)) return { withheld: "retry_budget" };
    return { retryAtMs: now + backoffMs(attempt, backoff, entropy.random()) };
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
