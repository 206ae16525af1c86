import { pause } from "../../kernel/clock.ts";
import type { EndReport, ProcessExit, ProcessIdentity } from "../../kernel/processes.ts";
import { abortFailure, onAbort, stoppedFailure } from "../abort.ts";
import { type AgentBody, type AgentContext, type Attempt, AttemptFailure, type AttemptResult } from "../kind.ts";
import { withSetup } from "../protocol.ts";
import { reporterOf } from "../reporter.ts";
import type { ProcessConfig } from "./config.ts";
import { endTree, mergedEnds, NOTHING_ENDED } from "./end-tree.ts";
import { attemptEnvironment } from "./environment.ts";
import { exitFailure, withEvidence } from "./exit-failure.ts";
import { type Launched, launch, spawnFailure } from "./launch.ts";
import type { OutputReader } from "./output/format.ts";
import { outputFormats } from "./output/index.ts";

/** How long pipes may still be read once the tree is gone; only what could not be ended keeps one open. */
const DRAIN_MS = 1_000;
const NO_PROCESSES: readonly ProcessIdentity[] = [];

interface Work {
  readonly identity: ProcessIdentity;
  readonly over: Promise<unknown>;
  exit: ProcessExit | undefined;
  /** The engine has begun to end it. */
  ending: boolean;
  stopped: boolean;
  ended: EndReport;
}

/** What decided that the attempt is over. */
type Verdict =
  | { readonly kind: "exited" }
  | { readonly kind: "spoken" }
  | { readonly kind: "aborted" }
  | { readonly kind: "broken"; readonly failure: AttemptFailure };

/** A process for each task. */
export class OneShotBody implements AgentBody {
  readonly #config: ProcessConfig;
  readonly #context: AgentContext;
  readonly #live = new Set<Work>();
  #closed = false;
  /** How often the agent was stopped. */
  #stops = 0;

  constructor(config: ProcessConfig, context: AgentContext) {
    this.#config = config;
    this.#context = context;
  }

  async run(given: Attempt, signal: AbortSignal): Promise<AttemptResult> {
    if (this.#closed) throw stoppedFailure("interrupted", "the agent is closed");
    if (signal.aborted) throw abortFailure(signal);
    const attempt = withSetup(given, this.#config);
    const { taskId } = attempt;
    const stops = this.#stops;
    const launched = await launch(this.#config, this.#context, { env: attemptEnvironment(attempt), taskId }).catch(
      (failure: unknown) => {
        throw spawnFailure(failure);
      },
    );
    // Stopped while the program was being started.
    const work = this.#track(launched, taskId, this.#stops > stops);
    try {
      return await this.#finish(attempt, signal, launched, work);
    } finally {
      this.#live.delete(work);
    }
  }

  #track({ child }: Launched, taskId: string, stopped: boolean): Work {
    const { identity } = child;
    const over = child.exited.then((exit) => {
      work.exit = exit;
      const expected = work.ending || exit.code === 0;
      this.#context.report({ kind: "process_exited", identity, exit, expected, taskId });
    });
    const work: Work = { identity, over, exit: undefined, ending: false, stopped, ended: NOTHING_ENDED };
    this.#live.add(work);
    return work;
  }

  async #finish(
    attempt: Attempt,
    signal: AbortSignal,
    { child, stderr }: Launched,
    work: Work,
  ): Promise<AttemptResult> {
    const format = outputFormats[this.#config.output];
    const reader = format.reader(reporterOf(attempt, (event) => this.#context.report(event), child.identity.pid));
    const reading = reader.read(child.stdout);
    // A program may ignore its input and be gone before it is written: its exit tells, not the pipe.
    child
      .write(format.input(attempt) ?? "")
      .catch(() => {})
      .finally(() => child.closeInput());

    const verdict = work.stopped ? ({ kind: "aborted" } as const) : await this.#verdict(signal, work, reader, reading);
    const contained = await this.#end(work, this.#config.graceMs);
    const drained = await this.#drained(Promise.allSettled([reading, stderr.ended]));

    const evident = (failure: AttemptFailure) => withEvidence(failure, work.exit, stderr.text());
    if (work.stopped) throw stoppedFailure("interrupted", "the agent was stopped", contained);
    if (verdict.kind === "aborted") throw withEvidence(abortFailure(signal), undefined, "", contained);
    if (verdict.kind === "broken") throw withEvidence(verdict.failure, undefined, "", contained);
    const said = reader.failure();
    if (said !== undefined) throw evident(said);
    if (verdict.kind === "exited" && work.exit !== undefined && work.exit.code !== 0) {
      throw exitFailure(work.exit, stderr.text());
    }
    if (!drained) throw evident(brokenPipe(undefined));
    try {
      await reading;
      return reader.result();
    } catch (failure) {
      throw failure instanceof AttemptFailure ? evident(failure) : brokenPipe(failure);
    }
  }

  async #verdict(signal: AbortSignal, work: Work, reader: OutputReader, reading: Promise<void>): Promise<Verdict> {
    const { aborted, done } = onAbort(signal);
    const decided = new AbortController();
    const broken = new Promise<Verdict>((resolve) => {
      reading.catch((failure: unknown) => {
        resolve({ kind: "broken", failure: failure instanceof AttemptFailure ? failure : brokenPipe(failure) });
      });
    });
    // Its last word is the result; what then does not end by itself is ended.
    const spoken = reader.spoken.then(() => pause(this.#context.ports.clock, this.#config.graceMs, decided.signal));
    try {
      return await Promise.race<Verdict>([
        broken,
        work.over.then(() => ({ kind: "exited" })),
        aborted.then(() => ({ kind: "aborted" })),
        spoken.then(() => ({ kind: "spoken" })),
      ]);
    } finally {
      done();
      decided.abort("over");
    }
  }

  /** Ends the tree, also the part that outlived its root, and waits for the root's exit. */
  async #end(work: Work, graceMs: number): Promise<EndReport> {
    work.ending = true;
    const report = await endTree(this.#context.ports.processes, work.identity, graceMs);
    work.ended = mergedEnds(work.ended, report);
    if (!report.remaining.includes(work.identity.pid)) await work.over;
    return work.ended;
  }

  /** Whether the pipes have been read to their end. */
  async #drained(pipes: Promise<unknown>): Promise<boolean> {
    const enough = new AbortController();
    const late = pause(this.#context.ports.clock, DRAIN_MS, enough.signal).then(() => false);
    const drained = await Promise.race([pipes.then(() => true), late]);
    enough.abort("over");
    return drained;
  }

  processes(): readonly ProcessIdentity[] {
    // Most of many agents have none, and sensors ask all of them at every look.
    if (this.#live.size === 0) return NO_PROCESSES;
    return [...this.#live].filter(({ exit }) => exit === undefined).map(({ identity }) => identity);
  }

  async start(): Promise<void> {}

  async stop({ graceMs }: { readonly graceMs: number }): Promise<EndReport> {
    this.#stops += 1;
    const reports = await Promise.all(
      [...this.#live].map((work) => {
        work.stopped = true;
        return this.#end(work, graceMs);
      }),
    );
    return reports.reduce(mergedEnds, NOTHING_ENDED);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.stop({ graceMs: this.#config.graceMs });
  }
}

function brokenPipe(cause: unknown): AttemptFailure {
  return new AttemptFailure("output", { message: "stdout could not be read to its end" }, { cause });
}
