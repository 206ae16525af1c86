import { type Call, type Command, tell } from "../command.ts";
import { operatorTokenFile, readOperatorToken } from "../engine-address.ts";
import { UsageError } from "../exit.ts";
import { readSettings } from "../settings.ts";

export const show: Command = {
  name: "show",
  summary: "Print the operator's token of the data directory, for curl; needs no engine",
  notes: ["It opens everything: whoever can read the file operator.token can do what an operator can."],
  examples: [
    "aios token show",
    `curl -H "Authorization: Bearer $(aios token show)" http://127.0.0.1:8765/api/v1/score`,
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { dataDir } = await readSettings(call);
  const token = await readOperatorToken(dataDir);
  if (token === undefined)
    throw new UsageError(
      `${operatorTokenFile(dataDir)} is not there or may not be read; an engine's first start makes it, and --data-dir names another directory`,
    );
  return tell(call, { token }, () => token);
}
