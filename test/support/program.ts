import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { inject, onTestFinished } from "vitest";

export interface ProgramWorld {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Root, too, has to keep to the modes of files, as every other user does. */
  readonly modesHold?: boolean;
  /** The file that is started; the built program as it is shipped unless told. */
  readonly main?: string;
}

export interface Ended {
  /** As a shell tells it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: Buffer;
  readonly err: string;
}

const isRoot = process.getuid?.() === 0;
/** Another user could not reach the program where a folder above it is root's alone. */
const withoutOverride = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"] as const;

/** The built program, started as a user starts it: in a directory, with an environment of its own. */
export class Program {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly ended: Promise<Ended>;
  readonly #out: Buffer[] = [];
  readonly #looks = new Set<() => void>();
  #err = "";
  #over = false;

  constructor(argv: readonly string[], world: ProgramWorld) {
    const { cwd, env = {}, stdin = "", modesHold = false, main = inject("builtMain") } = world;
    const { PATH = "", HOME = "" } = process.env;
    const [program, ...before] = modesHold && isRoot ? [...withoutOverride, process.execPath] : [process.execPath];
    this.child = spawn(program, [...before, main, ...argv], {
      cwd,
      env: { PATH, HOME, AIOS_PORT: "0", ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child.stdin.on("error", () => {});
    this.child.stdin.end(stdin);
    this.child.stdout.on("data", (piece: Buffer) => {
      this.#out.push(piece);
      this.#look();
    });
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#err += text;
      this.#look();
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => {
        this.#over = true;
        this.#look();
        resolve({ code, signal, out: Buffer.concat(this.#out), err: this.#err });
      });
    });
    onTestFinished(async () => {
      this.child.kill("SIGTERM");
      await this.ended;
    });
  }

  get out(): string {
    return Buffer.concat(this.#out).toString("utf8");
  }

  get err(): string {
    return this.#err;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Resolves once `there` holds of what was printed so far; rejects when the program ends before that. */
  until(there: (printed: { readonly out: string; readonly err: string }) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const { out, err } = this;
        if (!there({ out, err }) && !this.#over) return;
        this.#looks.delete(look);
        if (there({ out, err })) resolve();
        else reject(new Error(`the program ended before that\n${out}\n${err}`));
      };
      this.#looks.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}

/** Runs the built program to its end. */
export function runProgram(argv: readonly string[], world: ProgramWorld): Promise<Ended> {
  return new Program(argv, world).ended;
}
