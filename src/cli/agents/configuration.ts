import type { ConfigurationVersion } from "../answers.ts";
import { connect, readList, segment } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge } from "../say.ts";
import type { Column } from "../table.ts";

export const configuration: Command = {
  name: "configuration",
  summary: "List the versions of an agent's configuration, newest first",
  operands: [{ name: "ID", says: "the agent's id" }],
  options: { limit: limitOption },
  examples: ["aios agents configuration coder", "aios agents configuration coder --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (query) => api.agents[":id"].configuration.$get({ param: { id }, query }));
  return tellList(call, page, versionColumns(Date.now()), "No versions.");
}

const versionColumns = (nowMs: number): readonly Column<ConfigurationVersion>[] => [
  { title: "VERSION", of: ({ version, current }) => `${version}${current ? " (current)" : ""}` },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "BY", of: ({ by }) => by },
  { title: "AS IN", of: ({ restores }) => restores },
  { title: "RUN", of: ({ run: byRun }) => byRun },
  { title: "CONFIGURATION", of: ({ config }) => JSON.stringify(config), most: 100 },
];
