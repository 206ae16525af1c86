import { connect, readList } from "../client.ts";
import type { Call, Command } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { agentColumns, states } from "./agent-text.ts";

export const list: Command = {
  name: "list",
  summary: "List the agents with their state, breaker and success",
  options: {
    state: { type: "string", value: "STATE", says: states.join(", ") },
    group: { type: "string", value: "NAME", says: "only agents of this group" },
    limit: limitOption,
  },
  examples: ["aios agents", "aios agents list --state degraded --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const state = call.given.oneOf("state", states);
  const group = call.given.text("group");
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.agents.$get({ query: { ...wish, state, group } }));
  return tellList(
    call,
    page,
    agentColumns(Date.now()),
    "No agents: `aios agents register --help` shows how to add one.",
  );
}
