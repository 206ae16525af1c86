import { url as inspectorUrl } from "node:inspector";
import { Worker } from "node:worker_threads";
import type { Files } from "../kernel/files.ts";
import type { Log } from "../kernel/log.ts";
import type { Stall, Watch } from "../kernel/watch.ts";
import { WatchMemory } from "./watch-memory.ts";

/** What the worker is given. */
export interface WatchdogOrders {
  readonly buffer: SharedArrayBuffer;
  /** Where it writes down what it sees. */
  readonly path: string;
  readonly stallMs: number;
  /** After this the process is ended; never when absent. */
  readonly endMs: number | undefined;
}

export interface WatchdogOptions {
  readonly path: string;
  readonly stallMs: number;
  readonly endMs: number;
  readonly log: Log;
  /** Told when the thread goes on after a stall. */
  readonly over: (stall: Stall) => void;
}

export interface Watchdog {
  readonly watch: Watch;
  close(): Promise<void>;
}

const BEAT_MS = 100;

/**
 * A thread of its own that sees when this one stands still, writes down what it stood still at, and ends the process
 * when it does not go on. A person at a debugger may stop the thread for as long as they like: then nothing is ended.
 */
export function startWatchdog({ path, stallMs, endMs, log, over }: WatchdogOptions): Watchdog {
  const memory = new WatchMemory();
  const others = new Map<symbol, string>();
  const tellOthers = () => memory.setOthers([...others.values()].join("\n"));
  const orders: WatchdogOrders = {
    buffer: memory.buffer,
    path,
    stallMs,
    endMs: inspectorUrl() === undefined ? endMs : undefined,
  };
  const beating = setInterval(() => memory.beat(), BEAT_MS);
  beating.unref();
  const worker = new Worker(workerFile(), { workerData: orders, execArgv: [], env: {}, name: "watchdog" });
  worker.unref();
  worker.on("message", over);
  worker.on("error", (failure) =>
    log.error("the watchdog ended; a stuck thread is no longer seen", { failure: failure.message }),
  );
  return {
    watch: {
      entering: (actor, sequence, what) => memory.enter(actor, sequence, what),
      leaving: () => memory.leave(),
      begun(actor, what) {
        const own = Symbol(what);
        others.set(own, `${actor}\t${what}`);
        tellOthers();
        return () => {
          others.delete(own);
          tellOthers();
        };
      },
    },
    async close() {
      clearInterval(beating);
      worker.removeAllListeners();
      await worker.terminate();
    },
  };
}

/** The built worker stands beside the built file; a thread cannot load the sources, which run without a watchdog. */
export function canWatch(): boolean {
  return !import.meta.url.endsWith(".ts");
}

function workerFile(): URL {
  return new URL("./watchdog-worker.js", import.meta.url);
}

/** What watchdogs wrote down so far; a line that a crash cut short is passed over. */
export async function readStalls(files: Files, path: string): Promise<readonly Stall[]> {
  const text = (await files.readText(path)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      const value: unknown = JSON.parse(line);
      return isStall(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

function isStall(value: unknown): value is Stall {
  if (value === null || typeof value !== "object") return false;
  const has = (name: string, type: string) => typeof (value as Record<string, unknown>)[name] === type;
  return (
    ["atMs", "sequence", "blockedMs"].every((name) => has(name, "number")) &&
    ["actor", "what"].every((name) => has(name, "string")) &&
    has("ended", "boolean")
  );
}
