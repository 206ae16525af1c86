import type { EndReport } from "../kernel/processes.ts";
import { abortFailure, stoppedFailure } from "./abort.ts";
import { HttpAttempt } from "./http/attempt.ts";
import { type HttpConfig, httpConfig } from "./http/config.ts";
import type { AgentBody, AgentContext, AgentKind, Attempt, AttemptResult } from "./kind.ts";

export const httpKind: AgentKind<HttpConfig> = {
  name: "http",
  summary: "A service that is sent its tasks by POST and answers at once, or accepts and is asked again.",
  config: httpConfig,
  open: async (config, context) => new HttpBody(config, context),
};

class HttpBody implements AgentBody {
  readonly #config: HttpConfig;
  readonly #context: AgentContext;
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #closed = false;

  constructor(config: HttpConfig, context: AgentContext) {
    this.#config = config;
    this.#context = context;
  }

  async run(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    if (this.#closed) throw stoppedFailure("interrupted", "the agent is closed");
    if (signal.aborted) throw abortFailure(signal);
    const stop = new AbortController();
    const result = new HttpAttempt(this.#config, this.#context, attempt, AbortSignal.any([signal, stop.signal])).run();
    this.#running.set(
      stop,
      result.catch(() => {}),
    );
    try {
      return await result;
    } finally {
      this.#running.delete(stop);
    }
  }

  processes(): readonly never[] {
    return [];
  }

  async start(): Promise<void> {}

  async stop(): Promise<EndReport> {
    const running = [...this.#running];
    for (const [stop] of running) stop.abort("interrupted");
    await Promise.all(running.map(([, result]) => result));
    return { ended: [], remaining: [], signal: "none" };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
  }
}
