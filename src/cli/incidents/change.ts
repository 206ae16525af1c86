import type { Incident } from "../answers.ts";
import { connect, read, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { sayIncident } from "./incident-text.ts";

const operands = [{ name: "ID", says: "the incident's id" }] as const;

export const acknowledge: Command = {
  name: "acknowledge",
  summary: "Say that somebody has seen an incident",
  operands,
  examples: ["aios incidents acknowledge incident-3f9a1c"],
  async run(call) {
    const { api } = await connect(call);
    return tellIncident(call, await read(api.incidents[":id"].acknowledge.$post({ param: paramOf(call) })));
  },
};

export const resolve: Command = {
  name: "resolve",
  summary: "Say that an incident is over",
  operands,
  options: { reason: { type: "string", value: "TEXT", says: "what ended it, for the journal" } },
  examples: ['aios incidents resolve incident-3f9a1c --reason "the disk was replaced"'],
  async run(call) {
    const { api } = await connect(call);
    const json = { reason: call.given.text("reason") };
    return tellIncident(call, await read(api.incidents[":id"].resolve.$post({ param: paramOf(call), json })));
  },
};

export const silence: Command = {
  name: "silence",
  summary: "Send no notifications about an incident for a while",
  operands,
  options: { for: { type: "string", value: "1h", says: "how long, at most 30d (1h)" } },
  examples: ["aios incidents silence incident-3f9a1c --for 4h"],
  async run(call) {
    const json = { forMs: call.given.durationMs("for") };
    const { api } = await connect(call);
    return tellIncident(call, await read(api.incidents[":id"].silence.$post({ param: paramOf(call), json })));
  },
};

const paramOf = ({ given }: Call) => ({ id: segment(given.operand("ID")) });

function tellIncident(call: Call, incident: Incident): number {
  return tell(call, incident, () => sayIncident(incident, Date.now(), call.terminal.paint));
}
