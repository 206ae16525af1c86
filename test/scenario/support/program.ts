import { spawn } from "node:child_process";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs, watched from outside. */
export interface Program {
  /** Resolves when it has ended and all it wrote was read. */
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of standard output that fits; rejects when the program ends without one. */
  until(wanted: RegExp): Promise<string>;
  /** To the program and all it started, as a terminal does it. */
  signal(name: NodeJS.Signals): void;
  /** Ends it if it still runs; resolves when it is over. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** Beside PATH, which is all that it inherits. */
  readonly env: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number };
}

export function startProgram([program = "", ...args]: readonly string[], options: ProgramOptions): Program {
  const { cwd, env, user } = options;
  const child = spawn(program, args, {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...user,
  });
  let stdout = "";
  let stderr = "";
  let over = false;
  const looks = new Set<() => void>();
  const look = () => {
    for (const one of looks) one();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      over = true;
      look();
      resolve({ code, stdout, stderr });
    });
  });
  return {
    ended,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const found = () => {
          const line = stdout.split("\n").find((one) => wanted.test(one));
          if (line === undefined && !over) return;
          looks.delete(found);
          if (line === undefined) reject(new Error(`it ended without ${String(wanted)}\n${stdout}\n${stderr}`));
          else resolve(line);
        };
        looks.add(found);
        found();
      }),
    signal,
    async kill() {
      signal("SIGKILL");
      await ended;
    },
  };

  function signal(name: NodeJS.Signals): void {
    if (over || child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // It ended a moment ago.
    }
  }
}
