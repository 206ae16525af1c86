import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import type { Stall } from "../kernel/watch.ts";
import { WatchMemory } from "./watch-memory.ts";
import type { WatchdogOrders } from "./watchdog.ts";

const STDERR = 2;
const TICK_MS = 100;
/** Between asking the process to end and ending it by force. */
const FORCE_MS = 2_000;

const orders = workerData as WatchdogOrders;
const memory = new WatchMemory(orders.buffer);
let beats = memory.beats;
let lookedAt = performance.now();
/** For how long, as far as this thread itself was running, the engine's thread has not beaten. */
let silentMs = 0;
let told = false;
let endingSinceMs: number | undefined;

setInterval(look, TICK_MS);

function look(): void {
  const now = performance.now();
  // A machine that slept or was starved stops both threads: time in which this one did not run proves nothing.
  const passedMs = Math.min(now - lookedAt, 2 * TICK_MS);
  lookedAt = now;
  const seen = memory.beats;
  if (seen !== beats) {
    if (told) parentPort?.postMessage(stallOf(false));
    beats = seen;
    silentMs = 0;
    told = false;
    return;
  }
  silentMs += passedMs;
  if (silentMs >= orders.stallMs && !told) {
    told = true;
    note(stallOf(false));
  }
  if (orders.endMs === undefined || silentMs < orders.endMs) return;
  if (endingSinceMs === undefined) {
    endingSinceMs = now;
    note(stallOf(true));
    // Its handlers could not run: only a signal that has none ends a thread that never comes back.
    process.kill(process.pid, "SIGABRT");
  } else if (now - endingSinceMs > FORCE_MS) process.kill(process.pid, "SIGKILL");
}

/** Kept while the thread stands still: when it goes on, it works on something else. */
let work = memory.work;
function stallOf(ended: boolean): Stall {
  if (memory.beats === beats) work = memory.work;
  return { atMs: Date.now(), ...work, blockedMs: Math.round(silentMs), ended };
}

/** Written through to the disk: the process may be gone in the next moment. */
function note(stall: Stall): void {
  const words = stall.ended ? "the process is ended" : "the engine does nothing else";
  const fields = {
    time: new Date(stall.atMs).toISOString(),
    level: "error",
    message: `the engine's thread is stuck: ${words}`,
  };
  try {
    const file = openSync(orders.path, "a", 0o600);
    try {
      writeSync(file, `${JSON.stringify(stall)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } finally {
    writeSync(STDERR, `${JSON.stringify({ ...fields, ...stall })}\n`);
  }
}
