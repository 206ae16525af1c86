import { type Advice, type Attempt, AttemptFailure } from "../agents/kind.ts";
import { copyOf, hasRoom } from "../domain/shadow.ts";
import type { Cause } from "../events/envelope.ts";
import type { Proposal } from "../events/types/evolution.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { ImprovementContext } from "../machines/improvement-context.ts";
import { adviceOf, timeoutOf } from "./care.ts";
import type { ActorHost } from "./host.ts";
import type { Insist } from "./insist.ts";
import type { AgentPool } from "./pool.ts";
import type { EvolutionView } from "./views/evolution.ts";

export interface ShadowDeps {
  readonly insist: Insist;
  readonly clock: Clock;
  readonly log: Log;
  readonly entropy: Pick<Entropy, "random">;
  readonly host: () => ActorHost;
  readonly pool: Pick<AgentPool, "run" | "dismiss">;
  readonly views: { readonly evolution: EvolutionView };
  /** Copies run on workers that no task wants: with the tasks that run they are never more than this. */
  readonly tasks: { readonly maxConcurrent: number };
}

/** A live attempt that may be copied. */
export interface LiveAttempt {
  readonly task: TaskSpec;
  readonly agentId: string;
  readonly attempt: Attempt;
  readonly lessons: readonly Advice[];
  /** Aborted with the live attempt; a copy ends with it unless only the time limit of the present version ended it. */
  readonly signal: AbortSignal;
  readonly cause: Cause;
}

interface Copying {
  readonly controller: AbortController;
  readonly over: Promise<void>;
}

/**
 * Runs copies of live tasks under a configuration that is looked at in shadow. What a copy does is nobody's outcome: its
 * result is dropped, what it reports is not journaled, and one event says only whether it succeeded.
 *
 * Invariants:
 *  1. A live attempt neither waits for a copy nor fails with it, and takes its worker where none is left.
 *  2. There is one copy at a time for each change, and none after `dismiss` or `end`.
 */
export class ShadowDesk {
  readonly #deps: ShadowDeps;
  /** By improvement, oldest first. */
  readonly #running = new Map<string, Copying>();
  #ended = false;

  constructor(deps: ShadowDeps) {
    this.#deps = deps;
  }

  /** Copies the attempt where its agent has an improvement in shadow that wants one; `running` attempts hold a worker. */
  consider(live: LiveAttempt, running: number): void {
    const { entropy, tasks, clock, log } = this.#deps;
    const free = tasks.maxConcurrent - running - this.#running.size;
    if (free < 0) for (const { controller } of [...this.#running.values()].slice(free)) controller.abort("interrupted");
    const context = this.#shadowOf(live.agentId);
    const plan = context?.proposal.shadow;
    if (this.#ended || context === undefined || plan === undefined) return;
    if (live.attempt.attempt !== 1 || live.signal.aborted) return;
    const { improvementId } = context.proposal;
    const now = { begun: context.begun, open: context.copies.size, pairs: context.pairs.length, atMs: clock.now() };
    if (free < 1 || this.#running.has(improvementId) || !hasRoom(plan, now)) return;
    if (entropy.random() >= plan.share) return;
    const controller = new AbortController();
    const over = this.#copy(live, context.proposal, controller)
      .catch((failure: unknown) => log.warn("a copy could not be journaled", { failure: messageOf(failure) }))
      .finally(() => this.#running.delete(improvementId));
    this.#running.set(improvementId, { controller, over });
  }

  /** A change is no longer in shadow: what runs in its name is ended, and its body closed. */
  async dismiss(agentId: string, improvementId: string): Promise<void> {
    this.#running.get(improvementId)?.controller.abort("interrupted");
    await this.#deps.pool.dismiss(agentId, bodyOf(improvementId));
  }

  /** Ends all copies, for good. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const { controller } of this.#running.values()) controller.abort("interrupted");
    await Promise.all([...this.#running.values()].map(({ over }) => over));
  }

  #shadowOf(agentId: string): ImprovementContext | undefined {
    const open = this.#deps.views.evolution.openOf(agentId)?.proposal;
    if (open?.shadow === undefined) return undefined;
    const snapshot = this.#deps.host().snapshot(`improvement/${open.improvementId}`);
    return snapshot?.value === "shadowing" ? (snapshot.context as ImprovementContext) : undefined;
  }

  async #copy(live: LiveAttempt, proposal: Proposal, controller: AbortController): Promise<void> {
    const { insist, clock } = this.#deps;
    const { task, agentId, cause } = live;
    const { improvementId } = proposal;
    const about = { improvementId, agentId, taskId: task.id };
    const of = (what: string) => ({
      subject: `agent/${agentId}`,
      idempotencykey: `evolution.shadow_${what}:${improvementId}:${task.id}`,
      cause,
    });
    await insist(() => ({ type: "evolution.shadow_began", ...of("began"), data: about }));
    const began = clock.monotonic();
    const ended = await this.#run(live, proposal, controller);
    const durationMs = Math.round(clock.monotonic() - began);
    await insist(() => ({ type: "evolution.shadowed", ...of("ended"), data: { ...about, ...ended, durationMs } }));
  }

  async #run(
    { task, agentId, attempt, lessons, signal }: LiveAttempt,
    proposal: Proposal,
    controller: AbortController,
  ) {
    const { clock, pool } = this.#deps;
    const { after, improvementId, candidate } = proposal;
    const deadlineMs = clock.now() + timeoutOf(task, after);
    const cancel = clock.at(deadlineMs, () => controller.abort("timeout"));
    const follow = () => {
      if (signal.reason !== "timeout") controller.abort("interrupted");
    };
    signal.addEventListener("abort", follow);
    if (signal.aborted) follow();
    const copy: Attempt = {
      ...attempt,
      taskId: copyOf(task.id),
      idempotencyKey: `${attempt.idempotencyKey}/shadow`,
      deadlineMs,
      advice: [...adviceOf(agentId, after), ...lessons],
    };
    const body = { key: bodyOf(improvementId), config: after.config, version: candidate, purpose: "shadow" as const };
    try {
      controller.signal.throwIfAborted();
      await pool.run(agentId, copy, controller.signal, body);
      return { outcome: "succeeded" } as const;
    } catch (failure) {
      const reason = failure instanceof AttemptFailure ? failure.reason : "spawn";
      const cut = controller.signal.aborted && controller.signal.reason !== "timeout";
      const outcome = cut || reason === "interrupted" || reason === "cancelled" ? "void" : "failed";
      return { outcome, reason: outcome === "void" ? "interrupted" : reason } as const;
    } finally {
      cancel();
      signal.removeEventListener("abort", follow);
    }
  }
}

/** A trial of the same change has a body of its own: what it reports counts. */
function bodyOf(improvementId: string): string {
  return `${improvementId}/shadow`;
}
