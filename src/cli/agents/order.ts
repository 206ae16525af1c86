import type { AgentCommand } from "../../http/shapes/agent.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayAgent } from "./agent-text.ts";

/** What people order about an agent: each is one command. */
const orders: Readonly<Record<AgentCommand, string>> = {
  start: "Let an agent take tasks again",
  stop: "End an agent's processes and give it no more tasks",
  drain: "Let an agent finish what runs and give it no more tasks",
  reset: "Close an agent's breaker and make it idle",
  archive: "Take an agent out of service",
};

function order(name: AgentCommand): Command {
  return {
    name,
    summary: orders[name],
    operands: [{ name: "ID", says: "the agent's id" }],
    options: { reason: { type: "string", value: "TEXT", says: "why, for the journal" } },
    examples: [`aios agents ${name} coder`, `aios agents ${name} coder --reason "a new version is coming"`],
    run: (call) => give(call, name),
  };
}

export const start = order("start");
export const stop = order("stop");
export const drain = order("drain");
export const reset = order("reset");
export const archive = order("archive");

async function give(call: Call, command: AgentCommand): Promise<number> {
  const id = segment(call.given.operand("ID"));
  const { api } = await connect(call);
  const json = { reason: call.given.text("reason") };
  const agent = await read(api.agents[":id"][":command"].$post({ param: { id, command }, json }));
  return tell(call, agent, () => sayAgent(agent, Date.now(), call.terminal.paint));
}
