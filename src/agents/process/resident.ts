import type { EndReport, ProcessIdentity } from "../../kernel/processes.ts";
import { abortFailure, onAbort, stoppedFailure } from "../abort.ts";
import type { AgentBody, AgentContext, Attempt, AttemptResult } from "../kind.ts";
import { type ProcessConfig, residenceOf } from "./config.ts";
import { NOTHING_ENDED } from "./end-tree.ts";
import { launch, spawnFailure } from "./launch.ts";
import { ResidentProcess } from "./resident-process.ts";

/**
 * One process for many tasks. It is started by its first task or by `start`, and again after it ended: by the next of
 * these, or by its supervisor, where its configuration says so: it is told of an end that nobody had asked for.
 */
export class ResidentBody implements AgentBody {
  readonly #config: ProcessConfig;
  readonly #context: AgentContext;
  #current: ResidentProcess | undefined;
  #starting: Promise<ResidentProcess> | undefined;
  #closed = false;
  /** The engine ended it on purpose: it stays down until somebody starts it. */
  #wantedDown = false;

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
    this.#wantedDown = true;
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
    this.#wantedDown = false;
    if (this.#current?.isOpen === true) return this.#current;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #begin(): Promise<ResidentProcess> {
    // The next life begins when nothing of the last one works any more.
    await this.#current?.over;
    const launched = await launch(this.#config, this.#context, { env: {} });
    const resident = new ResidentProcess(this.#config, this.#context, launched);
    this.#current = resident;
    void resident.over.then(() => this.#ended(resident));
    return resident;
  }

  #ended(resident: ResidentProcess): void {
    if (residenceOf(this.#config) === undefined || this.#closed || this.#wantedDown || resident !== this.#current)
      return;
    this.#context.report({ kind: "resident_ended", failed: resident.hasFailed, reason: resident.why });
  }
}

function closedFailure() {
  return stoppedFailure("interrupted", "the agent is closed");
}
