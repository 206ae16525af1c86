/**
 * What the engine asks of an operating system's processes.
 *
 * Invariants:
 *  1. A signal is sent only after the identity (pid, start time, boot id, owner token) was read again and is unchanged.
 *  2. Nothing is ever found by name; pid <= 1, the engine itself, its parents and group 0 are refused.
 *  3. Programs are started from an argument vector, never through a shell.
 */
export interface Processes {
  /** What this platform can do safely; anything else is refused with `platform.unsupported`. */
  readonly support: { readonly trees: boolean; readonly reason?: string };
  /** Starts a program in its own process group. Rejects with `process.spawn` when it cannot be started. */
  start(command: StartCommand): Promise<ChildProcess>;
  /** The identity's process as it is now, or `undefined` when it is gone or another one has its pid. */
  find(identity: ProcessIdentity): Promise<ProcessFacts | undefined>;
  /** Every living member of the tree: the group, descendants, and whatever carries the owner token. */
  tree(identity: ProcessIdentity): Promise<readonly number[]>;
  /**
   * One identity for each tree that carries this owner's tokens and was started by nobody here: what an engine before us
   * left behind, also where it ended before it could write down what it had started.
   */
  strays(): Promise<readonly ProcessIdentity[]>;
  /** TERM, wait `graceMs`, KILL, until no member of the tree is left; answers with what was ended and what remains. */
  end(identity: ProcessIdentity, options: { readonly graceMs: number }): Promise<EndReport>;
  /** CPU and memory of the tree, summed. CPU is cumulative; the sensor takes the difference of two readings. */
  usage(identity: ProcessIdentity): Promise<ProcessUsage | undefined>;
}

export interface StartCommand {
  /** Program and arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  /** The complete environment, apart from the owner token that is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Unix user name or numeric id to run as; needs root. */
  readonly user?: string;
  readonly stdin: "pipe" | "ignore";
}

/** Enough to recognise a process again after a restart of the engine, and never to mistake another one for it. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Kernel start time in clock ticks since boot, as text. */
  readonly startTime: string;
  readonly bootId: string;
  /** Random text that the process and its descendants carry in their environment. */
  readonly ownerToken: string;
}

export interface ProcessFacts {
  readonly pid: number;
  readonly state: string;
}

export interface ProcessUsage {
  /** CPU time used so far by the whole tree, in milliseconds. */
  readonly cpuMs: number;
  /**
   * Time in milliseconds that threads of the tree were ready to run while others had the cores; cumulative. Absent where
   * the kernel does not tell.
   */
  readonly waitedMs?: number;
  /** Resident memory of the whole tree, in bytes. */
  readonly rssBytes: number;
  readonly processes: number;
  /** When it was read, on the monotonic clock: a difference of two readings belongs to the time between these. */
  readonly atMs: number;
}

export interface EndReport {
  readonly ended: readonly number[];
  readonly remaining: readonly number[];
  /** The strongest signal that was needed. */
  readonly signal: "none" | "SIGTERM" | "SIGKILL";
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ChildProcess {
  readonly identity: ProcessIdentity;
  readonly stdout: AsyncIterable<Uint8Array>;
  readonly stderr: AsyncIterable<Uint8Array>;
  /** Resolves when the text has been handed to the pipe; rejects when the process no longer reads. */
  write(text: string): Promise<void>;
  closeInput(): void;
  readonly exited: Promise<ProcessExit>;
}
