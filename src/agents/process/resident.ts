import type { Cancel } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { EndReport, ProcessIdentity } from "../../kernel/processes.ts";
import { backoffMs } from "../../resilience/backoff.ts";
import { abortFailure, onAbort, stoppedFailure } from "../abort.ts";
import type { AgentBody, AgentContext, Attempt, AttemptResult } from "../kind.ts";
import type { ProcessConfig } from "./config.ts";
import { NOTHING_ENDED } from "./end-tree.ts";
import { launch, spawnFailure } from "./launch.ts";
import { ResidentProcess } from "./resident-process.ts";

/** A life of so long was no failed beginning: what comes after it begins without a longer pause. */
const LONG_LIFE_MS = 60_000;
const RESTART = { firstMs: 1_000, factor: 2, maxMs: 60_000 };

/**
 * One process for many tasks. It is started by its first task or by `start`, and again after it ended: by the next of
 * these, or by itself where its configuration says so.
 */
export class ResidentBody implements AgentBody {
  readonly #config: ProcessConfig;
  readonly #context: AgentContext;
  #current: ResidentProcess | undefined;
  #starting: Promise<ResidentProcess> | undefined;
  #closed = false;
  /** Short lives in a row. */
  #restarts = 0;
  #cancelRestart: Cancel | undefined;
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
    this.#cancelRestart?.();
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
    this.#cancelRestart?.();
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
    const beganAt = this.#context.ports.clock.monotonic();
    void resident.over.then(() => this.#ended(resident, this.#context.ports.clock.monotonic() - beganAt));
    return resident;
  }

  #ended(resident: ResidentProcess, livedMs: number): void {
    const { restart } = this.#config;
    if (restart === undefined || this.#closed || this.#wantedDown || resident !== this.#current) return;
    if (restart === "on-failure" && !resident.hasFailed) return;
    this.#restarts = livedMs >= LONG_LIFE_MS ? 1 : this.#restarts + 1;
    this.#restartLater();
  }

  #restartLater(): void {
    const { clock, entropy, log } = this.#context.ports;
    const pauses = { ...RESTART, firstMs: this.#config.restartMs ?? RESTART.firstMs };
    const waitMs = backoffMs(this.#restarts, pauses, entropy.random());
    this.#cancelRestart = clock.at(clock.now() + waitMs, () => {
      this.#ensure().catch((failure: unknown) => {
        log.warn("a resident agent could not be started again", { failure: messageOf(failure) });
        this.#restarts += 1;
        if (!this.#closed && !this.#wantedDown) this.#restartLater();
      });
    });
  }
}

function closedFailure() {
  return stoppedFailure("interrupted", "the agent is closed");
}
