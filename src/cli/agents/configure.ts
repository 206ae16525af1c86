import { type Json, toJson } from "../../kernel/json.ts";
import { type Api, connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { JSON_SAYS, readJsonInput } from "../input.ts";

export const configure: Command = {
  name: "configure",
  summary: "Give an agent a new version of its configuration",
  operands: [
    { name: "ID", says: "the agent's id" },
    { name: "CONFIGURATION", says: `the whole configuration of its kind: ${JSON_SAYS}`, optional: true },
  ],
  options: { restore: { type: "string", value: "VERSION", says: "the configuration that this version had" } },
  notes: ["What runs finishes with the old version. `aios agents configuration ID` lists all of them."],
  examples: [
    `aios agents configure coder '{"command": ["python3", "agent.py"], "output": "text"}'`,
    "aios agents configure coder --restore 3",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const { given } = call;
  const id = segment(given.operand("ID"));
  const version = given.count("restore", 1);
  const [text] = given.operands("CONFIGURATION");
  if ((text === undefined) === (version === undefined))
    throw new UsageError("either CONFIGURATION or --restore VERSION says what is wanted");
  const wanted = text === undefined ? undefined : await readJsonInput(call, "CONFIGURATION", text);
  const { api } = await connect(call);
  const config = wanted === undefined ? await configOf(api, id, version ?? 0) : wanted;
  const made = await read(api.agents[":id"].configuration.$put({ param: { id }, json: { config } }));
  return tell(call, made, () => `Version ${made.version} is ${made.current ? "" : "not "}the current configuration.`);
}

async function configOf(api: Api, id: string, wanted: number): Promise<Json> {
  const ask = api.agents[":id"].configuration;
  const { items } = await readList(10_000, (query) => ask.$get({ param: { id }, query }));
  const found = items.find(({ version }) => version === wanted);
  if (found !== undefined) return toJson(found.config) ?? null;
  throw new UsageError(`there is no version ${wanted}; there are ${items.map(({ version }) => version).join(", ")}`);
}
