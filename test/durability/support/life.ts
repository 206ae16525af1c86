import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { inject } from "vitest";

/** Longest wait for an engine to be ready; a busy machine is slow, a deadlock is for ever. */
const READY_LIMIT_MS = 60_000;

/** What is loaded before the program, and told to it. */
export interface Preload {
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The command that the program is started by, in its own process. */
  readonly under?: readonly string[];
}

/** One process of the built engine over a data directory, from its start to its end. */
export class Life {
  readonly #child: ChildProcess;
  readonly #ready: Promise<string>;
  readonly #ended: Promise<void>;
  readonly dataDir: string;
  #err = "";

  constructor(folder: string, preload: Preload = { nodeOptions: [], env: {} }) {
    const { PATH = "" } = process.env;
    this.dataDir = path.join(folder, ".aios");
    const own = [process.execPath, ...preload.nodeOptions, inject("builtMain"), "start", "--json"];
    const [command = "", ...words] = [...(preload.under ?? []), ...own];
    this.#child = spawn(command, words, {
      cwd: folder,
      env: { PATH, HOME: folder, ...preload.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (piece: string) => {
      this.#err += piece;
    });
    this.#ended = once(this.#child, "close").then(() => undefined);
    this.#ready = this.#readyLine();
    this.#ready.catch(() => undefined);
  }

  /** Where it listens; rejects with what it said when it ends before, or when it is not ready for a minute. */
  get ready(): Promise<string> {
    return this.#ready;
  }

  /** Resolves when the process is gone. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  /** What ended it, when a signal did. */
  get signal(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  /** What it logged so far. */
  get err(): string {
    return this.#err;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
  }

  #readyLine(): Promise<string> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not ready in time\n${this.#err}`)), READY_LIMIT_MS);
      let out = "";
      this.#child.stdout?.setEncoding("utf8").on("data", (piece: string) => {
        out += piece;
        if (out.includes("\n")) {
          clearTimeout(late);
          resolve((JSON.parse(out) as { readonly url: string }).url);
        }
      });
      this.#child.once("close", () => {
        clearTimeout(late);
        reject(new Error(`it ended before it was ready\n${this.#err}`));
      });
    });
  }
}

/** Somebody who asks an engine. Every answer counts as one; only a lost connection rejects. */
export interface Asks {
  get<T>(route: string): Promise<T>;
  post(route: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Asks an engine over HTTP as its operator. */
export class Caller implements Asks {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  static async of(url: string, dataDir: string): Promise<Caller> {
    return new Caller(url, (await readFile(path.join(dataDir, "operator.token"), "utf8")).trim());
  }

  async get<T>(route: string): Promise<T> {
    const { status, body } = await this.#send("GET", route, undefined);
    if (status !== 200) throw new Error(`GET ${route} answered ${status}`);
    return body as T;
  }

  post(route: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    return this.#send("POST", route, JSON.stringify(body));
  }

  put(route: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    return this.#send("PUT", route, JSON.stringify(body));
  }

  async #send(method: string, route: string, body: string | undefined) {
    const answer = await fetch(`${this.#url}/api/v1${route}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, body: (await answer.json()) as unknown };
  }
}

/** What the built program says of the journal of a folder, with its seals and anchors. */
export async function verifyOf(folder: string): Promise<{ readonly exitCode: number | null; readonly said: string }> {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [inject("builtMain"), "journal", "verify", "--json"], {
    cwd: folder,
    env: { PATH, HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
    });
  await once(child, "close");
  return { exitCode: child.exitCode, said };
}
