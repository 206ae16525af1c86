import { unknownName } from "../../domain/playbook/nearest.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { sayJson } from "../say.ts";
import { readSettings } from "../settings.ts";
import { table } from "../table.ts";
import { type Value, valuesOf } from "./values.ts";

export const show: Command = {
  name: "show",
  summary: "Show every setting and where its value came from",
  operands: [{ name: "PATH", says: "only this setting, or those below it: `http`, `tasks.retries`", optional: true }],
  notes: ["The environment beats the file, a flag beats both. Secrets are not shown."],
  examples: ["aios config show", "aios config show http", "AIOS_PORT=9000 aios config show http.port --json"],
  run,
};

const columns = [
  { title: "SETTING", of: ({ path }: Value) => path },
  { title: "VALUE", of: ({ value }: Value) => sayJson(value), most: 60 },
  { title: "FROM", of: ({ from }: Value) => from },
];

async function run(call: Call): Promise<number> {
  const settings = await readSettings(call);
  const [wanted] = call.given.operands("PATH");
  const every = valuesOf(settings);
  const values = wanted === undefined ? every : below(wanted, every);
  const { file, dataDir } = settings;
  return tell(call, { file: file ?? null, dataDir, settings: values }, () => {
    const head = file === undefined ? "No configuration file is read here.\n" : `${file}\n`;
    return `${head}\n${table(values, columns, call.terminal.paint)}`;
  });
}

function below(wanted: string, every: readonly Value[]): readonly Value[] {
  const found = every.filter(({ path }) => path === wanted || path.startsWith(`${wanted}.`));
  if (found.length > 0) return found;
  throw new UsageError(
    unknownName(
      "setting",
      wanted,
      every.map(({ path }) => path),
    ),
  );
}
