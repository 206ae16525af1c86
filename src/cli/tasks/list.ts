import { connect, readList } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { states, taskColumns } from "./task-text.ts";

export const list: Command = {
  name: "list",
  summary: "List the tasks, newest first",
  options: {
    state: { type: "string", value: "STATE", says: states.join(", ") },
    agent: { type: "string", value: "ID", says: "only tasks of this agent" },
    limit: limitOption,
  },
  examples: ["aios tasks list", "aios tasks list --state dead --agent coder", "aios tasks --json --limit 1000"],
  run,
};

async function run(call: Call): Promise<number> {
  const state = call.given.oneOf("state", states);
  const agent = call.given.text("agent");
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.tasks.$get({ query: { ...wish, state, agent } }));
  return tellList(call, page, taskColumns(Date.now()), "No tasks.");
}
