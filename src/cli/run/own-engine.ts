import { once } from "node:events";
import { connect as dial } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { hasEnded, type TaskRow } from "../../actors/views/tasks.ts";
import type { Engine } from "../../index.ts";
import { AiosError } from "../../kernel/errors.ts";
import { createLog } from "../../platform/log.ts";
import { connect, read } from "../client.ts";
import type { Call } from "../command.ts";
import { findEngine } from "../engine-address.ts";
import { readRunningFile, removeRunningFile, writeRunningFile } from "../running-file.ts";
import { readSettings } from "../settings.ts";

/** An engine that is starting or stopping answers soon, or gives its directory back. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 100;

/** The engine that this command runs because no other answered. It answers others meanwhile, as any engine does. */
export interface OwnEngine {
  /** Resolves when no other `aios run` is its guest any more. */
  lastGuestGone(ownTask: string): Promise<void>;
  stop(reason: string): Promise<void>;
}

/**
 * Makes sure that an engine answers: the one of the data directory, the one that a configured token is for, or else one of
 * this command's own, which is handed back.
 */
export async function ensureEngine(call: Call): Promise<OwnEngine | undefined> {
  const limit = performance.now() + PATIENCE_MS;
  for (;;) {
    if (await isAnswered(call)) return undefined;
    try {
      return await host(call);
    } catch (failure) {
      const isLocked = failure instanceof AiosError && failure.code === "data.locked";
      if (!isLocked || performance.now() > limit) throw failure;
    }
    await pause(LOOK_MS);
  }
}

/** Whether an engine answers that is meant for this caller: another that happens to listen on the usual port is not. */
async function isAnswered(call: Call): Promise<boolean> {
  const { config, dataDir } = await readSettings(call);
  const [{ url }, running] = await Promise.all([findEngine(call), readRunningFile(dataDir)]);
  const isOurs = running !== undefined && url !== undefined && new URL(running.url).port === new URL(url).port;
  if (!isOurs && config.http.token === undefined) return false;
  try {
    const { api } = await connect(call);
    await read(api.self.$get());
    return true;
  } catch (failure) {
    if (failure instanceof AiosError && failure.code === "engine.unreachable") return false;
    throw failure;
  }
}

async function host(call: Call): Promise<OwnEngine> {
  const { config, directory, dataDir } = await readSettings(call);
  const { createEngine, version } = await import("../../index.ts");
  const engine = await createEngine({
    configured: { ...config, dataDir, http: { ...config.http, host: "127.0.0.1", port: 0 } },
    directory,
    http: true,
    log: createLog({ level: "error", format: "pretty" }),
  });
  const since = Date.now();
  await writeRunningFile(dataDir, { url: engine.url ?? "", pid: process.pid, version });
  return {
    async lastGuestGone(ownTask) {
      while (await hasGuest(engine, ownTask, since)) await pause(LOOK_MS);
    },
    async stop(reason) {
      await removeRunningFile(dataDir);
      await engine.stop(reason);
    },
  };
}

async function hasGuest({ runtime }: Engine, ownTask: string, since: number): Promise<boolean> {
  const guests = runtime.views.tasks
    .list()
    .filter((task) => task.id !== ownTask && (!hasEnded(task) || task.submittedAtMs >= since));
  for (const guest of guests) if (await isThere(guest)) return true;
  return false;
}

/** Another `aios run` is there as long as it takes calls. */
async function isThere({ input }: TaskRow): Promise<boolean> {
  const { caller } = (input ?? {}) as { readonly caller?: unknown };
  if (typeof caller !== "string") return false;
  const socket = dial(caller);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
