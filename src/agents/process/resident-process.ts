import type { Clock } from "../../kernel/clock.ts";
import { pause } from "../../kernel/clock.ts";
import type { EndReport, ProcessExit } from "../../kernel/processes.ts";
import { abortFailure, onAbort, stoppedFailure } from "../abort.ts";
import { type AgentContext, type Attempt, AttemptFailure, type AttemptResult } from "../kind.ts";
import { bounded, taskMessageOf, withSetup } from "../protocol.ts";
import { type AttemptReporter, failureOf, relay, reporterOf } from "../reporter.ts";
import type { ProcessConfig } from "./config.ts";
import { endTree, mergedEnds, NOTHING_ENDED } from "./end-tree.ts";
import { exitFailure, withEvidence } from "./exit-failure.ts";
import type { Launched } from "./launch.ts";
import { linesOf } from "./lines.ts";
import { parseMessage } from "./output/message.ts";

const DRAIN_MS = 1_000;

interface Pending {
  readonly taskId: string;
  readonly report: AttemptReporter;
  readonly resolve: (result: AttemptResult) => void;
  readonly reject: (failure: AttemptFailure) => void;
}

/** One life of a resident process: it takes tasks until it ends, and fails those under way once its tree is gone. */
export class ResidentProcess {
  readonly identity;
  /** Resolves when the process has exited and nothing of its tree is left. */
  readonly over: Promise<void>;
  readonly #config: ProcessConfig;
  readonly #context: AgentContext;
  readonly #launched: Launched;
  readonly #pending = new Map<string, Pending>();
  #heardAt: number;
  #exited = false;
  #exit: ProcessExit | undefined;
  #ending = false;
  /** Why the tasks under way fail, where the engine knows better than the exit code. */
  #verdict: AttemptFailure | undefined;
  #ended: EndReport = NOTHING_ENDED;

  constructor(config: ProcessConfig, context: AgentContext, launched: Launched) {
    this.#config = config;
    this.#context = context;
    this.#launched = launched;
    this.identity = launched.child.identity;
    this.#heardAt = this.#clock.monotonic();
    const reading = this.#read().catch((failure: unknown) => this.#break(failure));
    this.over = this.#live(reading);
    this.#watch();
  }

  get #clock(): Clock {
    return this.#context.ports.clock;
  }

  /** Whether it takes tasks. */
  get isOpen(): boolean {
    return !this.#exited && !this.#ending;
  }

  get isAlive(): boolean {
    return !this.#exited;
  }

  /** Whether it ended badly: with a code other than 0, by a signal, hung, or in breach of the protocol. */
  get hasFailed(): boolean {
    return this.#exit !== undefined && (this.#exit.code !== 0 || this.#verdict !== undefined);
  }

  /** How it ended, in words; to be asked once it is over. */
  get why(): string {
    if (this.#verdict !== undefined) return this.#verdict.message;
    if (this.#exit?.code === 0) return "it ended with exit code 0";
    return this.#exit === undefined ? "it has not ended" : exitFailure(this.#exit, "").message;
  }

  async run(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    const answer = new Promise<AttemptResult>((resolve, reject) => {
      const report = reporterOf(attempt, (event) => this.#context.report(event), this.identity.pid);
      this.#pending.set(attempt.taskId, { taskId: attempt.taskId, report, resolve, reject });
    });
    const { aborted, done } = onAbort(signal);
    const { child } = this.#launched;
    // A process that no longer reads is about to end, and then says why.
    child.write(`${JSON.stringify(taskMessageOf(withSetup(attempt, this.#config)))}\n`).catch(() => {});
    const cancelled = aborted.then(async (): Promise<never> => {
      this.#pending.delete(attempt.taskId);
      const another = "another task of the same process was ended, and the process with it";
      await this.end(this.#config.graceMs, stoppedFailure("interrupted", another));
      throw abortFailure(signal, this.#ended);
    });
    try {
      return await Promise.race([answer, cancelled]);
    } finally {
      done();
      this.#pending.delete(attempt.taskId);
    }
  }

  /** Ends the tree; resolves when it is over. Tasks under way fail as `verdict` says. */
  async end(graceMs: number, verdict: AttemptFailure): Promise<EndReport> {
    this.#verdict ??= verdict;
    this.#ending = true;
    await this.#endTree(graceMs);
    if (!this.#ended.remaining.includes(this.identity.pid)) await this.over;
    else this.#failAll(this.#verdict);
    return this.#ended;
  }

  async #endTree(graceMs: number): Promise<void> {
    const report = await endTree(this.#context.ports.processes, this.identity, graceMs);
    this.#ended = mergedEnds(this.#ended, report);
  }

  async #live(reading: Promise<void>): Promise<void> {
    const { child, stderr } = this.#launched;
    const exit = await child.exited;
    this.#exited = true;
    this.#exit = exit;
    this.#context.report({ kind: "process_exited", identity: this.identity, exit, expected: this.#ending });
    // What outlived its root must not work on unseen.
    await this.#endTree(this.#config.graceMs);
    const enough = new AbortController();
    await Promise.race([Promise.all([reading, stderr.ended]), pause(this.#clock, DRAIN_MS, enough.signal)]);
    enough.abort("over");
    this.#failAll(this.#failureAt(exit));
  }

  #failureAt(exit: ProcessExit): AttemptFailure {
    const stderrTail = this.#launched.stderr.text();
    if (this.#verdict !== undefined) return withEvidence(this.#verdict, undefined, "", this.#ended);
    if (exit.code !== 0) return exitFailure(exit, stderrTail);
    const message = "the process ended, with exit code 0, before it had answered";
    return withEvidence(new AttemptFailure("exit", { message }), exit, stderrTail);
  }

  #failAll(failure: AttemptFailure): void {
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
  }

  async #read(): Promise<void> {
    let lineNumber = 0;
    for await (const line of linesOf(this.#launched.child.stdout)) {
      lineNumber += 1;
      this.#heardAt = this.#clock.monotonic();
      this.#take(line, lineNumber);
    }
  }

  #take(line: string, lineNumber: number): void {
    const message = this.#pending.size === 0 ? parsedOrNothing(line, lineNumber) : parseMessage(line, lineNumber);
    if (message?.type === "heartbeat") {
      this.#context.report({ kind: "heartbeat", pid: this.identity.pid });
      return;
    }
    const id = message !== undefined && "id" in message ? message.id : undefined;
    const pending = this.#pendingFor(id);
    // Idle chatter, a type of tomorrow, or the answer to a task that is over.
    if (message === undefined || pending === undefined) {
      this.#context.report({ kind: "log", message: bounded(line) });
      return;
    }
    relay(message, pending.report);
    if (message.type === "error" || message.type === "result") this.#pending.delete(pending.taskId);
    if (message.type === "error") pending.reject(failureOf(message));
    if (message.type === "result") pending.resolve({ output: message.output, ...pending.report.used() });
  }

  #pendingFor(id: string | undefined): Pending | undefined {
    if (id !== undefined) return this.#pending.get(id);
    const [only, another] = this.#pending.values();
    if (another === undefined) return only;
    throw new AttemptFailure("output", {
      message: 'a message without "id" came while several tasks were under way; name the task, or set concurrency to 1',
    });
  }

  /** The process broke the protocol: nothing it says can be trusted any more. */
  async #break(failure: unknown): Promise<void> {
    if (!this.isOpen) return;
    const verdict =
      failure instanceof AttemptFailure
        ? failure
        : new AttemptFailure("output", { message: "stdout could not be read" });
    this.#ending = true;
    this.#verdict ??= verdict;
    await this.#endTree(this.#config.graceMs);
  }

  /** Ends a process that has been silent for longer than its heartbeats allow. */
  #watch(): void {
    const { heartbeatMs } = this.#config;
    if (heartbeatMs === undefined) return;
    const look = (): void => {
      if (!this.isOpen) return;
      const silentMs = this.#clock.monotonic() - this.#heardAt;
      if (silentMs < heartbeatMs) {
        arm(heartbeatMs - silentMs);
        return;
      }
      const message = `no heartbeat for ${heartbeatMs} ms; the process was ended`;
      void this.end(this.#config.graceMs, new AttemptFailure("timeout", { message, retryable: true })).catch(
        (failure: unknown) => this.#context.ports.log.error("a silent agent could not be ended", { failure }),
      );
    };
    let cancel = (): void => {};
    const arm = (inMs: number): void => {
      cancel = this.#clock.at(this.#clock.now() + inMs, look);
    };
    arm(heartbeatMs);
    void this.over.finally(() => cancel());
  }
}

/** While nothing is asked of it, a process may print what it likes. */
function parsedOrNothing(line: string, lineNumber: number): ReturnType<typeof parseMessage> {
  try {
    return parseMessage(line, lineNumber);
  } catch {
    return undefined;
  }
}
