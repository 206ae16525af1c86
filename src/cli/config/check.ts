import { type Call, type Command, tell } from "../command.ts";
import { readSettings } from "../settings.ts";

export const check: Command = {
  name: "check",
  summary: "Check the configuration as the engine does at its start",
  notes: ["Each mistake is named with file, line, column, path and what to change. Exits with 1 when there is one."],
  examples: ["aios config check", "aios config check --config production.json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { file, dataDir, origins } = await readSettings(call);
  return tell(call, { ok: true, file: file ?? null, dataDir, set: [...origins.keys()] }, () =>
    file === undefined
      ? "No configuration file is read here; the defaults and the environment are valid."
      : `${file}: valid, ${origins.size} settings are set`,
  );
}
