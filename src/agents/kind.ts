import type { z } from "zod";
import type { FailureFacts, FailureReason, RestartPolicy } from "../events/vocabulary.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import type { Files } from "../kernel/files.ts";
import type { Json } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import type { EndReport, ProcessExit, Processes, ProcessIdentity } from "../kernel/processes.ts";
import type { Watch } from "../kernel/watch.ts";
import type { Web } from "../kernel/web.ts";

/**
 * What an agent may be. A kind is one file and one line in `index.ts`; nothing else knows kinds by name.
 *
 * Invariants every kind keeps (the contract suite runs them against each):
 *  1. `run` settles once, and only when nothing of the attempt works on any more, except what `contained.remaining`
 *     names (or the message says) could not be ended.
 *  2. `run` rejects with an `AttemptFailure` and nothing else.
 *  3. Output and messages are bounded and are data: nothing in them is executed or parsed twice.
 *  4. After `close` nothing of the agent runs, and `run` is refused.
 */
export interface AgentKind<C> {
  readonly name: string;
  /** What it is, in one sentence for help and docs. */
  readonly summary: string;
  readonly config: z.ZodType<C>;
  open(config: C, context: AgentContext): Promise<AgentBody>;
  /** How its processes are to be looked after between tasks; absent where nothing of it lives on. */
  residence?(config: C): Residence | undefined;
}

/** What a configuration asks for its resident process. */
export interface Residence {
  readonly restart: RestartPolicy;
  /** Longest pause before the first restart, in milliseconds, where it names one. */
  readonly pauseMs?: number | undefined;
}

export interface AgentContext {
  readonly agentId: string;
  /** The agent's own directory, absolute and existing. */
  readonly workspace: string;
  /** The engine's own environment; a kind hands on only what its allow-list names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ports: AgentPorts;
  /** Told what happens while it happens. Must not throw. */
  report(event: AgentReport): void;
}

export interface AgentPorts {
  readonly processes: Processes;
  readonly web: Web;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly files: Files;
  readonly log: Log;
  /** Told of code that runs in the engine's own thread. */
  readonly watch?: Watch | undefined;
}

export interface AgentBody {
  /**
   * Runs one attempt. `signal.reason` says why it is aborted: `"timeout"`, `"cancelled"` or `"interrupted"`.
   *
   * @throws {AttemptFailure}
   */
  run(attempt: Attempt, signal: AbortSignal): Promise<AttemptResult>;
  /** Processes that are alive for this agent now. */
  processes(): readonly ProcessIdentity[];
  /** Makes sure that a resident process runs; nothing to do for other kinds. Rejects with `process.spawn`. */
  start(): Promise<void>;
  /** Ends whatever runs; attempts under way fail as `interrupted`. The next `run` or `start` begins anew. */
  stop(options: { readonly graceMs: number }): Promise<EndReport>;
  /** Ends whatever runs, for good. */
  close(): Promise<void>;
}

export interface Attempt {
  readonly taskId: string;
  /** From 1. */
  readonly attempt: number;
  /** The same for every attempt at the same effect. */
  readonly idempotencyKey: string;
  /** When the attempt will be ended, in milliseconds since the epoch. Ending it is the caller's part, by `signal`. */
  readonly deadlineMs: number;
  readonly input: Json;
  readonly advice: readonly Advice[];
  /** The model to ask, where the agent's configuration names one. */
  readonly model?: string;
  /** What the agent's configuration hands it with every task. */
  readonly settings?: Readonly<Record<string, Json>>;
  readonly traceparent?: string;
}

/** A lesson handed to the agent with its task. */
export interface Advice {
  readonly key: string;
  readonly title: string;
  readonly content: string;
}

export interface AttemptResult {
  readonly output: Json;
  /** All that was reported during the attempt, summed. */
  readonly usage?: Usage;
}

/** What an attempt used. Of several reports the numbers add up and the last model stands. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly model?: string;
  /** How long the model calls took. */
  readonly durationMs?: number;
  readonly costUsd?: number;
}

interface OfAttempt {
  readonly taskId: string;
  readonly attempt: number;
}

export type AgentReport =
  | ({ readonly kind: "progress"; readonly ratio?: number; readonly message?: string } & OfAttempt)
  | ({ readonly kind: "usage"; readonly usage: Usage } & OfAttempt)
  /** The model asked for a tool; its arguments are as the model gave them. */
  | ({ readonly kind: "tool_call"; readonly tool: string; readonly given?: Json } & OfAttempt)
  | ({ readonly kind: "log"; readonly level?: string; readonly message: string } & Partial<OfAttempt>)
  | { readonly kind: "heartbeat"; readonly pid?: number }
  /** A resident process ended though nobody had asked it to, and its configuration says what is to follow. */
  | { readonly kind: "resident_ended"; readonly failed: boolean; readonly reason: string }
  | ProcessReport;

/** What runs for an agent; told for every body, those in shadow among them: after a crash somebody has to end it. */
export type ProcessReport =
  | {
      readonly kind: "process_started";
      readonly identity: ProcessIdentity;
      readonly taskId?: string;
      readonly shadow?: true;
    }
  | {
      readonly kind: "process_exited";
      readonly identity: ProcessIdentity;
      readonly exit: ProcessExit;
      /** Whether the process ended because its work was over or the engine ended it. */
      readonly expected: boolean;
      readonly taskId?: string;
      readonly shadow?: true;
    };

/** Why an attempt failed, in the words of the journal. */
export class AttemptFailure extends Error {
  override readonly name = "AttemptFailure";
  readonly reason: FailureReason;
  readonly facts: FailureFacts;
  /** What was ended to make the attempt be over, where something had to be. */
  readonly contained: EndReport | undefined;

  constructor(
    reason: FailureReason,
    facts: FailureFacts,
    options: { readonly contained?: EndReport; readonly cause?: unknown } = {},
  ) {
    super(facts.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.facts = facts;
    this.contained = options.contained;
  }
}
