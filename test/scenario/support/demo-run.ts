import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Fact } from "./fold.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const demo = join(root, "examples", "demo", "main.mjs");

export interface Header {
  readonly kind: "header";
  readonly seed: number;
  readonly url: string;
  readonly root: string;
  readonly dataDir: string;
  readonly order: readonly string[];
  readonly agents: Readonly<Record<"reader" | "cruncher" | "sleeper" | "caller", string>>;
  readonly missingFiles: readonly string[];
  readonly paths: { readonly primary: string; readonly mirror: string };
  readonly pids: { readonly engine: number; readonly upstream: number };
}

export interface FaultLine {
  readonly name: string;
  readonly outcome: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly contained: number;
  readonly rollback: string | null;
  readonly detectMs: number | null;
  readonly fixMs: number | null;
  readonly playbook: string | null;
  readonly lesson: { readonly level: string; readonly fixes: number; readonly targets: number } | null;
  readonly scoreBefore: { readonly score: number | null } | null;
  readonly scoreAfter: { readonly score: number | null } | null;
}

export interface SummaryLine {
  readonly kind: "summary";
  readonly ok: boolean;
  readonly expectations: readonly { readonly ok: boolean; readonly text: string }[];
  readonly faults: readonly FaultLine[];
  readonly tasks: Readonly<Record<string, number>>;
  readonly lastSequence: number;
  readonly paused: boolean;
}

interface TimelineLine {
  readonly kind: "timeline";
  readonly type: string;
  readonly who: string;
  readonly text: string;
}
type Line = Header | TimelineLine | SummaryLine | { readonly kind: "note"; readonly text: string };

/** One run of the built demo, watched from outside: its lines, its folder, the process table. */
export class DemoRun {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #waiting = new Set<() => void>();
  #stderr = "";
  #over = false;

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [demo, "--json", "--keep", "--port", "0", ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    const reader = createInterface({ input: this.#child.stdout });
    reader.on("line", (line) => {
      this.lines.push(JSON.parse(line) as Line);
      this.#look();
    });
    this.exited = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        this.#over = true;
        this.#look();
        resolve(code);
      });
    });
  }

  #look(): void {
    for (const look of this.#waiting) look();
  }

  /** Resolves with the first line, past or to come, for which `wanted` holds; rejects when the run ends without one. */
  async until<T extends Line>(what: string, wanted: (line: Line) => line is T): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.lines.find(wanted);
        if (found === undefined && !this.#over) return;
        this.#waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the demo ended without ${what}\n${this.tail()}`));
      };
      this.#waiting.add(look);
      look();
    });
  }

  header(): Promise<Header> {
    return this.until("its header", (line): line is Header => line.kind === "header");
  }

  summary(): Promise<SummaryLine> {
    return this.until("its summary", (line): line is SummaryLine => line.kind === "summary");
  }

  /** The timeline's first line of a type whose text fits. */
  event(type: string, text: RegExp): Promise<TimelineLine> {
    return this.until(
      `${type} ${String(text)}`,
      (line): line is TimelineLine =>
        line.kind === "timeline" && line.type === type && text.test(`${line.who} ${line.text}`),
    );
  }

  interrupt(): void {
    this.#child.kill("SIGINT");
  }

  /** What it said last, for a failure's message. */
  tail(): string {
    const said = this.lines.slice(-25).map((line) => JSON.stringify(line).slice(0, 300));
    return [...said, this.#stderr.slice(-2_000)].join("\n");
  }

  /** Ends it, whatever it does, and removes its folder. */
  async close(): Promise<void> {
    if (!this.#over) this.interrupt();
    await this.exited;
    const header = this.lines.find((line): line is Header => line.kind === "header");
    if (header !== undefined) await rm(header.root, { recursive: true, force: true });
  }
}

/** The journal's lines as plain JSON, whatever the engine thinks of them. */
export async function journalOf({ dataDir }: Pick<Header, "dataDir">): Promise<readonly Fact[]> {
  const lines = (await readFile(join(dataDir, "events.jsonl"), "utf8")).split("\n");
  return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Fact);
}

/** Start time of a living process in clock ticks, or `undefined` when it is gone or a zombie. */
export function startTimeOf(pid: number): string | undefined {
  const fields = statOf(pid);
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

/** Milliseconds that a process's threads ran or were ready to run so far: what it wants, whoever else has the cores. */
export function wantedMsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((tid) => readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ").map(Number));
  return times.reduce((sum, [ran = 0, waited = 0]) => sum + ran + waited, 0) / 1e6;
}

/** Fields of /proc/PID/stat from the state on. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

/** Living processes that work inside a folder or name it in their arguments or environment. */
export function processesAbout(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const read = (get: () => string) => {
        try {
          return get();
        } catch {
          return "";
        }
      };
      if (startTimeOf(Number(pid)) === undefined) return false;
      const cwd = read(() => readlinkSync(`/proc/${pid}/cwd`));
      const argv = read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      const env = read(() => readFileSync(`/proc/${pid}/environ`, "utf8"));
      return [cwd, argv, env].some((text) => text.includes(folder));
    })
    .map(Number);
}
