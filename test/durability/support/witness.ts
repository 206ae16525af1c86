import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the server outside saw it. */
export interface Delivery {
  readonly path: string;
  /** Its `idempotency-key`. */
  readonly key: string;
  /** Which life of the engine it came in. */
  readonly life: number;
  readonly atMs: number;
}

/** What reached the outside, whatever carried it there. It outlives every engine. */
export class Deliveries {
  readonly all: Delivery[] = [];
  /** Set by whoever starts engines. */
  life = 0;

  /** Deliveries to a path, by key. */
  byKey(path: string): ReadonlyMap<string, readonly Delivery[]> {
    return grouped(
      this.all.filter((delivery) => delivery.path === path),
      ({ key }) => key,
    );
  }

  count(path: string, key: string, atMs: number): void {
    this.all.push({ path, key, life: this.life, atMs });
  }
}

/** A server outside the engine that counts what reaches it. */
export class CountingServer implements AsyncDisposable {
  readonly deliveries = new Deliveries();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<CountingServer> {
    const server = createServer((request, response) => {
      counting.#count(request);
      request.resume().once("end", () => response.end("ok"));
    });
    const counting = new CountingServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return counting;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #count({ url = "", headers }: IncomingMessage): void {
    this.deliveries.count(url, String(headers["idempotency-key"] ?? ""), Date.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A line that an agent's process wrote: it began or ended the attempt of this key. */
export interface Mark {
  readonly what: "begin" | "end";
  readonly key: string;
  readonly pid: number;
}

/** The file to which agents' processes append, whatever becomes of the engine. */
export async function readMarks(file: string): Promise<readonly Mark[]> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1);
  return lines.map((line) => {
    const [what, key, pid] = line.split(" ");
    if ((what !== "begin" && what !== "end") || key === undefined) throw new Error(`no mark: ${line}`);
    return { what, key, pid: Number(pid) };
  });
}

export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
