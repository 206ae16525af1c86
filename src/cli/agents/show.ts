import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayAgent } from "./agent-text.ts";

export const show: Command = {
  name: "show",
  summary: "Show one agent: its state, limits, processes, last measurements and configuration",
  operands: [{ name: "ID", says: "the agent's id" }],
  examples: ["aios agents show coder"],
  run,
};

async function run(call: Call): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const agent = await read(api.agents[":id"].$get({ param: { id } }));
  return tell(call, agent, () => sayAgent(agent, Date.now(), call.terminal.paint));
}
