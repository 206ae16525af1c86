import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { acknowledge, resolve, silence } from "./change.ts";
import { incidentColumns, sayIncident, states } from "./incident-text.ts";

const list: Command = {
  name: "list",
  summary: "List the incidents, newest first",
  options: { state: { type: "string", value: "STATE", says: states.join(", ") }, limit: limitOption },
  examples: ["aios incidents --state open", "aios incidents list --json"],
  run: listIncidents,
};

const show: Command = {
  name: "show",
  summary: "Show one incident with its runs, evidence and notes",
  operands: [{ name: "ID", says: "the incident's id" }],
  examples: ["aios incidents show incident-3f9a1c"],
  run: showIncident,
};

export const incidents: Group = {
  name: "incidents",
  summary: "Look at what a person is told about, take it up and close it",
  usual: "list",
  commands: [list, show, acknowledge, resolve, silence],
};

async function listIncidents(call: Call): Promise<number> {
  const state = call.given.oneOf("state", states);
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (wish) => api.incidents.$get({ query: { ...wish, state } }));
  return tellList(call, page, incidentColumns(Date.now()), "No incidents.");
}

async function showIncident(call: Call): Promise<number> {
  const { api } = await connect(call);
  const id = segment(call.given.operand("ID"));
  const incident = await read(api.incidents[":id"].$get({ param: { id } }));
  return tell(call, incident, () => sayIncident(incident, Date.now(), call.terminal.paint));
}
