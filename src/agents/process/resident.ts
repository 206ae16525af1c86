import type { EndReport, ProcessIdentity } from "../../kernel/processes.ts";
import { abortFailure, onAbort, stoppedFailure } from "../abort.ts";
import type { AgentBody, AgentContext, Attempt, AttemptResult } from "../kind.ts";
import type { ProcessConfig } from "./config.ts";
import { NOTHING_ENDED } from "./end-tree.ts";
import { launch, spawnFailure } from "./launch.ts";
import { ResidentProcess } from "./resident-process.ts";

/** One process for many tasks. It is started by its first task or by `start`, and again after it ended. */
export class ResidentBody implements AgentBody {
  readonly #config: ProcessConfig;
  readonly #context: AgentContext;
  #current: ResidentProcess | undefined;
  #starting: Promise<ResidentProcess> | undefined;
  #closed = false;

  constructor(config: ProcessConfig, context: AgentContext) {
    this.#config = config;
    this.#context = context;
  }

  async run(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    if (this.#closed) throw closedFailure();
    if (signal.aborted) throw abortFailure(signal);
    const resident = await this.#ensureUnless(signal);
    if (this.#closed) throw closedFailure();
    return resident.run(attempt, signal);
  }

  processes(): readonly ProcessIdentity[] {
    return this.#current?.isAlive === true ? [this.#current.identity] : [];
  }

  async start(): Promise<void> {
    if (this.#closed) throw closedFailure();
    await this.#ensure();
  }

  async stop({ graceMs }: { readonly graceMs: number }): Promise<EndReport> {
    await this.#starting?.catch(() => {});
    if (this.#current === undefined) return NOTHING_ENDED;
    if (!this.#current.isAlive) {
      await this.#current.over;
      return NOTHING_ENDED;
    }
    return this.#current.end(graceMs, stoppedFailure("interrupted", "the agent was stopped"));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop({ graceMs: this.#config.graceMs });
  }

  async #ensureUnless(signal: AbortSignal): Promise<ResidentProcess> {
    const { aborted, done } = onAbort(signal);
    const started = this.#ensure().catch((failure: unknown) => {
      throw spawnFailure(failure);
    });
    try {
      return await Promise.race([started, aborted.then(() => Promise.reject(abortFailure(signal)))]);
    } finally {
      done();
    }
  }

  /** The process that takes tasks; two callers at once get the same. */
  async #ensure(): Promise<ResidentProcess> {
    if (this.#current?.isOpen === true) return this.#current;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #begin(): Promise<ResidentProcess> {
    // The next life begins when nothing of the last one works any more.
    await this.#current?.over;
    this.#current = new ResidentProcess(
      this.#config,
      this.#context,
      await launch(this.#config, this.#context, { env: {} }),
    );
    return this.#current;
  }
}

function closedFailure() {
  return stoppedFailure("interrupted", "the agent is closed");
}
