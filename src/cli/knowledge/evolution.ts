import type { Suggestion } from "../answers.ts";
import { connect, readList } from "../client.ts";
import type { Call, Command, Group } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge } from "../say.ts";
import type { Column } from "../table.ts";

const list: Command = {
  name: "list",
  summary: "List what could be improved, with risk and evidence",
  options: { limit: limitOption },
  examples: ["aios evolution", "aios evolution list --json"],
  run,
};

export const evolution: Group = {
  name: "evolution",
  summary: "Look at what could be improved",
  usual: "list",
  commands: [list],
};

const columns = (nowMs: number): readonly Column<Suggestion>[] => [
  { title: "SUGGESTION", of: ({ id }) => id },
  { title: "KIND", of: ({ kind }) => kind },
  { title: "STATE", of: ({ state }) => state },
  { title: "RISK", of: ({ risk }) => risk },
  { title: "AGENT", of: ({ agent }) => agent },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "WHAT", of: ({ title, detail }) => `${title}: ${detail}`, most: 90 },
];

async function run(call: Call): Promise<number> {
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (query) => api.evolution.$get({ query }));
  return tellList(call, page, columns(Date.now()), "No suggestions.");
}
