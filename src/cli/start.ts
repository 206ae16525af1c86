import { createLog } from "../platform/log.ts";
import type { Call, Command } from "./command.ts";
import { tell } from "./command.ts";
import { exit } from "./exit.ts";
import { removeRunningFile, writeRunningFile } from "./running-file.ts";
import { readSettings } from "./settings.ts";
import { watchSignals } from "./signals.ts";

export const start: Command = {
  name: "start",
  summary: "Run the engine here until it is told to stop",
  options: {
    host: { type: "string", value: "HOST", says: "address to listen on (AIOS_HOST, 127.0.0.1)" },
    port: { type: "string", value: "N", says: "port to listen on (AIOS_PORT, 8765); 0 takes any free one" },
    pretty: { type: "boolean", says: "write the log for people instead of as JSON lines" },
  },
  notes: [
    "The log goes to standard error. Ctrl-C or SIGTERM ends the engine in order, a second one at once.",
    "Relative paths in the configuration file are taken from its folder, those of variables and flags from here.",
  ],
  examples: ["aios start", "AIOS_DATA_DIR=/var/lib/aios aios start --port 9000", "aios start --json 2>aios.log"],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, terminal } = call;
  given.count("port");
  const { config, directory, dataDir, file } = await readSettings(call);
  using signals = watchSignals();
  const log = createLog({ level: config.log.level, format: given.flag("pretty") ? "pretty" : "json" });
  const { createEngine, version } = await import("../index.ts");
  const engine = await createEngine({ configured: { ...config, dataDir }, directory, http: true, log });
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
  const signal = await signals.first;
  if (!call.json) terminal.err(`${signal}: ending in order; once more ends at once\n`);
  await removeRunningFile(dataDir);
  await engine.stop(signal);
  return exit.done;
}
