import { AiosError } from "../kernel/errors.ts";
import { createLog } from "../platform/log.ts";
import type { Call, Command } from "./command.ts";
import { tell } from "./command.ts";
import { exit } from "./exit.ts";
import { readRunningFile, removeRunningFile, writeRunningFile } from "./running-file.ts";
import { readSettings } from "./settings.ts";
import { supervisorGone, watchSignals } from "./signals.ts";

export const start: Command = {
  name: "start",
  summary: "Run the engine here until it is told to stop",
  options: {
    host: { type: "string", value: "HOST", says: "address to listen on (AIOS_HOST, 127.0.0.1)" },
    port: { type: "string", value: "N", says: "port to listen on (AIOS_PORT, 8765); 0 takes any free one" },
    supervise: { type: "boolean", says: "run the engine as a child and start it again when it ends badly" },
    pretty: { type: "boolean", says: "write the log for people instead of as JSON lines" },
  },
  notes: [
    "With --supervise up to five restarts in five minutes are tried, with growing pauses; signals go to the engine, and its exit code is the answer.",
    "An engine whose thread stands still for supervision.watchdog.endMs ends itself by SIGABRT: exit code 134.",
    "The log goes to standard error. Ctrl-C or SIGTERM ends the engine in order, a second one at once.",
    "Relative paths in the configuration file are taken from its folder, those of variables and flags from here.",
  ],
  examples: [
    "aios start",
    "AIOS_DATA_DIR=/var/lib/aios aios start --port 9000",
    "aios start --supervise",
    "aios start --json 2>aios.log",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal } = call;
  given.count("port");
  if (given.flag("supervise")) return superviseFrom(call);
  const { config, directory, dataDir, file } = await readSettings(call);
  using signals = watchSignals();
  const log = createLog({ level: config.log.level, format: given.flag("pretty") ? "pretty" : "json" });
  const { createEngine, version } = await import("../index.ts");
  const engine = await createEngine({ configured: { ...config, dataDir }, directory, http: true, log }).catch(
    async (failure: unknown) => {
      throw await withHolder(failure, dataDir);
    },
  );
  const url = engine.url ?? "";
  const ready = { url, dataDir, pid: process.pid, version };
  await writeRunningFile(dataDir, { url, pid: process.pid, version });
  const pause = await engine.runtime.remedies.isPaused();
  tell(call, ready, () =>
    [
      `${terminal.paint("bold", `aios ${version}`)} listens on ${terminal.paint("cyan", url)}`,
      `  data           ${dataDir}`,
      `  configuration  ${file ?? "none, the defaults"}`,
      `  reactor        ${pause ? terminal.paint("yellow", "paused; `aios resume` lets it act") : config.reactor.mode}`,
      "  dashboard      aios dashboard",
      "",
    ].join("\n"),
  );
  const signal = await Promise.race([signals.first, supervisorGone()]);
  if (!call.json) terminal.err(`${signal}: ending in order; once more ends at once\n`);
  await removeRunningFile(dataDir);
  await engine.stop(signal);
  if (process.connected) process.disconnect();
  return exit.done;
}

/** Of a directory that is taken: where the engine that has it answers. */
async function withHolder(failure: unknown, dataDir: string): Promise<unknown> {
  if (!(failure instanceof AiosError) || failure.code !== "data.locked") return failure;
  const running = await readRunningFile(dataDir);
  if (running === undefined) return failure;
  const { url, version, pid } = running;
  const detail = `${failure.message}; aios ${version} (process ${pid}) answers at ${url}, and \`aios stop\` ends it`;
  return new AiosError("data.locked", detail, { cause: failure });
}

/** The same command line as a child of this process. */
async function superviseFrom(call: Call): Promise<number> {
  const { config } = await readSettings(call);
  const log = createLog({ level: config.log.level, format: call.given.flag("pretty") ? "pretty" : "json" });
  const { supervise } = await import("./supervise.ts");
  return supervise(
    process.argv.slice(2).filter((word) => word !== "--supervise"),
    log,
  );
}
