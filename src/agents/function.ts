import { z } from "zod";
import { json } from "../events/vocabulary.ts";
import { pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { EndReport } from "../kernel/processes.ts";
import type { Watch } from "../kernel/watch.ts";
import { abortFailure, onAbort, stoppedFailure } from "./abort.ts";
import {
  type Advice,
  type AgentBody,
  type AgentContext,
  type AgentKind,
  type Attempt,
  AttemptFailure,
  type AttemptResult,
} from "./kind.ts";
import { bounded } from "./protocol.ts";
import { type AttemptReporter, reporterOf } from "./reporter.ts";

const NOTHING_ENDED: EndReport = { ended: [], remaining: [], signal: "none" };

export interface FunctionCall {
  /** Aborts when the attempt is over for the engine; the function should then stop and throw. */
  readonly signal: AbortSignal;
  readonly taskId: string;
  /** From 1. */
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly advice: readonly Advice[];
  readonly report: FunctionReport;
}

export type FunctionReport = Pick<AttemptReporter, "progress" | "usage" | "toolCall" | "log">;

/** An agent inside the engine's own process. What it returns must be JSON; nothing returned is `null`. */
export type AgentFunction = (input: Json, call: FunctionCall) => unknown;

const config = z.strictObject({
  run: z.custom<AgentFunction>((value) => typeof value === "function", "must be a function"),
  /** How long an aborted function may take to notice, in milliseconds. */
  graceMs: z.number().int().min(0).max(600_000).default(10_000),
});
type FunctionConfig = z.infer<typeof config>;

/** What a thrown error may say about itself. */
const thrown = z.object({
  code: z.string().optional().catch(undefined),
  status: z.number().int().optional().catch(undefined),
  retryable: z.boolean().optional().catch(undefined),
});

export const functionKind: AgentKind<FunctionConfig> = {
  name: "function",
  summary: "A function of the program that embeds the engine.",
  config,
  open: async (settings, context) => new FunctionBody(settings, context),
};

const MOST_CAUSES = 5;

class FunctionBody implements AgentBody {
  readonly #config: FunctionConfig;
  readonly #context: AgentContext;
  readonly #running = new Set<{ readonly stop: AbortController; readonly over: Promise<unknown> }>();
  #closed = false;

  constructor(settings: FunctionConfig, context: AgentContext) {
    this.#config = settings;
    this.#context = context;
  }

  async run(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    if (this.#closed) throw stoppedFailure("interrupted", "the agent is closed");
    if (signal.aborted) throw abortFailure(signal);
    const stop = new AbortController();
    const { aborted, done } = onAbort(AbortSignal.any([signal, stop.signal]));
    const report = reporterOf(attempt, (event) => this.#context.report(event));
    const over = this.#call(attempt, AbortSignal.any([signal, stop.signal]), report);
    const entry = { stop, over: over.catch(() => {}) };
    this.#running.add(entry);
    try {
      const first = await Promise.race([over.then((output) => ({ output })), aborted]);
      if (first !== undefined) return { output: outputOf(first.output), ...report.used() };
      const note = (await this.#settles(entry.over)) ? undefined : "the function did not stop and may still be working";
      throw abortFailure(signal.aborted ? signal : stop.signal, undefined, note);
    } catch (failure) {
      if (failure instanceof AttemptFailure) throw failure;
      if (signal.aborted || stop.signal.aborted) throw abortFailure(signal.aborted ? signal : stop.signal);
      throw failureOf(failure);
    } finally {
      done();
      // A function that ignores its signal is forgotten: nothing can end it.
      this.#running.delete(entry);
    }
  }

  processes(): readonly never[] {
    return [];
  }

  async start(): Promise<void> {}

  async stop(): Promise<EndReport> {
    const running = [...this.#running];
    for (const { stop } of running) stop.abort("interrupted");
    await Promise.all(running.map(({ over }) => this.#settles(over)));
    return NOTHING_ENDED;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }

  async #call(attempt: Attempt, signal: AbortSignal, report: FunctionReport): Promise<unknown> {
    const { taskId, attempt: number, idempotencyKey, deadlineMs, advice } = attempt;
    const { watch } = this.#context.ports;
    const actor = `agent/${this.#context.agentId}`;
    const call = { signal, taskId, attempt: number, idempotencyKey, deadlineMs, advice, report };
    const over = watch?.begun(actor, `task/${taskId}`);
    watch?.entering(actor, 0, `task/${taskId}`);
    try {
      return await withinThread(() => this.#config.run(attempt.input, call), watch);
    } finally {
      over?.();
    }
  }

  /** Whether the function has ended within the grace it is given. */
  async #settles(over: Promise<unknown>): Promise<boolean> {
    const enough = new AbortController();
    const ended = over.then(() => true);
    const late = pause(this.#context.ports.clock, this.#config.graceMs, enough.signal).then(() => false);
    try {
      return await Promise.race([ended, late]);
    } finally {
      enough.abort("over");
    }
  }
}

/** What runs before the first await has the thread to itself; afterwards others come between. */
function withinThread(run: () => unknown, watch: Watch | undefined): unknown {
  try {
    return run();
  } finally {
    watch?.leaving();
  }
}

function outputOf(returned: unknown): Json {
  const parsed = json.safeParse(returned ?? null);
  if (parsed.success) return parsed.data;
  throw new AttemptFailure("output", { message: "the function returned something that is not JSON" });
}

function failureOf(failure: unknown): AttemptFailure {
  const chain = chainOf(failure);
  const { status, retryable } = factsOf(failure);
  const code = chain.map((each) => factsOf(each).code).find((each) => each !== undefined);
  return new AttemptFailure(
    "error",
    {
      message: bounded(messageWithCauses(chain)),
      ...(code === undefined ? {} : { code }),
      ...(status === undefined ? {} : { status }),
      ...(retryable === undefined ? {} : { retryable }),
    },
    { cause: failure },
  );
}

function factsOf(failure: unknown): z.infer<typeof thrown> {
  const said = thrown.safeParse(failure);
  return said.success ? said.data : {};
}

/** What was thrown, then its cause, then that one's; a chain may be a ring. */
function chainOf(failure: unknown): readonly unknown[] {
  const chain = [failure];
  let last = failure;
  while (last instanceof Error && last.cause instanceof Error && chain.length < MOST_CAUSES) {
    last = last.cause;
    chain.push(last);
  }
  return chain;
}

/** fetch itself says the same of every failure, and its cause may have no more than a code. */
function messageWithCauses(chain: readonly unknown[]): string {
  const said = chain.map((each) => messageOf(each) || (factsOf(each).code ?? ""));
  return said.reduce((text, each) => (text.includes(each) ? text : `${text}: ${each}`));
}
