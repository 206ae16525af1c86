import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { readSettings } from "../settings.ts";

export const path: Command = {
  name: "path",
  summary: "Print the path of the configuration file that is read",
  notes: ["Prints nothing and exits with 1 when none is read."],
  examples: ["aios config path"],
  run,
};

async function run(call: Call): Promise<number> {
  const { file } = await readSettings(call);
  tell(call, { file: file ?? null }, () => file ?? "");
  return file === undefined ? exit.failed : exit.done;
}
