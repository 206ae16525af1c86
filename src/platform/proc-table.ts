import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { endianness } from "node:os";

/** The variable that every process started by the engine, and whatever it starts, carries in its environment. */
export const OWNER_TOKEN_VARIABLE = "AIOS_OWNER_TOKEN";

/** One line of /proc/PID/stat, as far as it is needed. */
export interface ProcStat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** User and system time of the process and of the children it has waited for, in clock ticks. */
  readonly cpuTicks: number;
  /** Clock ticks since boot, as text: the number may exceed what a double holds. */
  readonly startTime: string;
  readonly rssPages: number;
}

/** The processes of one moment. Owner tokens are read when they are asked for, and once. */
export class ProcTable {
  readonly stats: ReadonlyMap<number, ProcStat>;
  readonly #tokens = new Map<number, string | undefined>();

  constructor() {
    const stats = new Map<number, ProcStat>();
    for (const name of readdirSync("/proc")) {
      const pid = Number(name);
      const stat = Number.isInteger(pid) ? readStat(pid) : undefined;
      if (stat !== undefined) stats.set(pid, stat);
    }
    this.stats = stats;
  }

  tokenOf(pid: number): string | undefined {
    if (!this.#tokens.has(pid)) this.#tokens.set(pid, readOwnerToken(pid));
    return this.#tokens.get(pid);
  }
}

/** A zombie has ended: it holds its pid and nothing else. */
export function isAlive(stat: ProcStat): boolean {
  return stat.state !== "Z" && stat.state !== "X" && stat.state !== "x";
}

export function readStat(pid: number): ProcStat | undefined {
  const text = readStatLine(pid);
  return text === undefined ? undefined : parseStat(text);
}

/** @returns `undefined` when the text is not a stat line */
export function parseStat(text: string): ProcStat | undefined {
  // The program's name stands in parentheses and may itself hold spaces and parentheses.
  const nameEnd = text.lastIndexOf(")");
  if (nameEnd === -1) return undefined;
  const fields = text
    .slice(nameEnd + 2)
    .trimEnd()
    .split(" ");
  // fields[0] is the third field of proc(5), so field n of the manual is fields[n - 3].
  const field = (n: number): string => fields[n - 3] ?? "";
  if (field(24) === "") return undefined;
  return {
    pid: Number.parseInt(text, 10),
    state: field(3),
    parent: Number(field(4)),
    group: Number(field(5)),
    cpuTicks: Number(field(14)) + Number(field(15)) + Number(field(16)) + Number(field(17)),
    startTime: field(22),
    rssPages: Number(field(24)),
  };
}

/** The owner token in the process's initial environment; `undefined` when it has none or may not be read. */
export function readOwnerToken(pid: number): string | undefined {
  const environment = readProc(`/proc/${pid}/environ`);
  const prefix = `${OWNER_TOKEN_VARIABLE}=`;
  return environment
    ?.split("\0")
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}

/**
 * How long each thread of a process was ready to run and waited for a core, in nanoseconds by `pid/tid`. `undefined` when
 * the kernel does not count that or the process is gone.
 */
export function readWaits(pid: number): ReadonlyMap<string, number> | undefined {
  const waits = new Map<string, number>();
  for (const tid of listThreads(pid)) {
    // Time on a core, time waiting for one, turns: proc(5) calls the file schedstat.
    const [, waited] = (readProc(`/proc/${pid}/task/${tid}/schedstat`) ?? "").split(" ");
    if (waited !== undefined) waits.set(`${pid}/${tid}`, Number(waited));
  }
  return waits.size === 0 ? undefined : waits;
}

function listThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

export function readBootId(): string | undefined {
  return readProc("/proc/sys/kernel/random/boot_id")?.trim();
}

/** When the machine booted, milliseconds since the epoch; `undefined` where there is no /proc. */
export function readBootTimeMs(): number | undefined {
  const [, seconds] = /^btime (\d+)$/m.exec(readProc("/proc/stat") ?? "") ?? [];
  return seconds === undefined ? undefined : 1000 * Number(seconds);
}

/** `pid` and all its ancestors, nearest first. */
export function lineageOf(pid: number): readonly number[] {
  const lineage: number[] = [];
  for (let at = pid; at > 0; at = readStat(at)?.parent ?? 0) lineage.push(at);
  return lineage;
}

export interface KernelUnits {
  readonly pageBytes: number;
  readonly ticksPerSecond: number;
}

/** The kernel's units as it hands them to every program in its auxiliary vector. */
export function readKernelUnits(): KernelUnits {
  const usual = { pageBytes: 4096, ticksPerSecond: 100 };
  // Words are 8 bytes wide and little-endian wherever the engine is at home; elsewhere the usual units hold.
  if (endianness() !== "LE" || !["x64", "arm64", "riscv64", "loong64", "ppc64"].includes(process.arch)) return usual;
  try {
    const vector = readFileSync("/proc/self/auxv");
    const entries = new Map<number, number>();
    for (let at = 0; at + 16 <= vector.length; at += 16) {
      entries.set(Number(vector.readBigUInt64LE(at)), Number(vector.readBigUInt64LE(at + 8)));
    }
    const [pageSize, clockTicks] = [6, 17];
    return {
      pageBytes: entries.get(pageSize) ?? usual.pageBytes,
      ticksPerSecond: entries.get(clockTicks) ?? usual.ticksPerSecond,
    };
  } catch {
    return usual;
  }
}

/** Processes end while they are read: what cannot be read is simply not there. */
function readProc(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** A stat line is far shorter, and is the same bytes in every read. */
const statBuffer = Buffer.alloc(2_048);

/** As `readProc`, with a third of its system calls: a table reads one line for every process of the machine. */
function readStatLine(pid: number): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(`/proc/${pid}/stat`, "r");
  } catch {
    return undefined;
  }
  try {
    return statBuffer.toString("latin1", 0, readSync(descriptor, statBuffer, 0, statBuffer.length, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
