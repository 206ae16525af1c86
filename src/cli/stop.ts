import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AiosError } from "../kernel/errors.ts";
import { livingHolder } from "../platform/file-lock.ts";
import { type Call, type Command, tell } from "./command.ts";
import { sayDuration } from "./duration.ts";
import { readSettings } from "./settings.ts";

const USUAL_WAIT_MS = 60_000;
const LOOK_MS = 50;

export const stop: Command = {
  name: "stop",
  summary: "End the engine of the data directory in order, and wait until it is gone",
  options: { timeout: { type: "string", value: "60s", says: "how long to wait for its end" } },
  notes: [
    "Which process that is says the directory's lock: pid, start time and boot id must all fit, so no other is ended.",
    "Exits with 4 when no engine runs there, and with 1 when it is still there after the time.",
  ],
  examples: ["aios stop", "aios stop --data-dir /var/lib/aios --timeout 2m"],
  run,
};

async function run(call: Call): Promise<number> {
  const waitMs = call.given.durationMs("timeout") ?? USUAL_WAIT_MS;
  const { dataDir } = await readSettings(call);
  const lock = path.join(dataDir, "engine.lock");
  const holder = await livingHolder(lock);
  if (holder === undefined) throw new AiosError("engine.unreachable", `No engine runs on ${dataDir}`);
  const began = performance.now();
  ask(holder.pid);
  while ((await livingHolder(lock))?.pid === holder.pid) {
    if (performance.now() - began > waitMs)
      throw new AiosError(
        "engine.stopping",
        `Process ${holder.pid} was asked to end and is still there after ${sayDuration(waitMs)}; ask it again to end it at once`,
      );
    await pause(LOOK_MS);
  }
  const tookMs = Math.round(performance.now() - began);
  return tell(
    call,
    { stopped: true, pid: holder.pid, dataDir, tookMs },
    () => `The engine on ${dataDir} (process ${holder.pid}) ended in order after ${sayDuration(tookMs)}.`,
  );
}

function ask(pid: number): void {
  try {
    process.kill(pid, "SIGTERM");
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? failure.code : undefined;
    // It ended by itself just now.
    if (code === "ESRCH") return;
    if (code !== "EPERM") throw failure;
    throw new AiosError("auth.refused", `Process ${pid} belongs to another user, who alone may end it`);
  }
}
