import type { AgentInput } from "../../http/shapes/agent.ts";
import { isJsonObject, type Json } from "../../kernel/json.ts";
import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { JSON_SAYS, readJsonFile, readJsonInput } from "../input.ts";
import { sayAgent } from "./agent-text.ts";

export const register: Command = {
  name: "register",
  summary: "Register an agent, or give a registered one a new configuration",
  operands: [
    { name: "ID", says: "the agent's id: letters, digits, `.`, `_` or `-`", optional: true },
    {
      name: "COMMAND",
      says: "program and arguments of a process agent; no shell is involved",
      optional: true,
      many: true,
      behindDashes: true,
    },
  ],
  options: {
    file: { type: "string", value: "FILE", says: "the whole agent as a JSON file, or - for standard input" },
    kind: { type: "string", value: "KIND", says: "process, http or function (process)" },
    settings: { type: "string", value: "JSON", says: `further configuration of the kind: ${JSON_SAYS}` },
    capability: { type: "string", value: "NAME", multiple: true, says: "something it can do" },
    group: { type: "string", value: "NAME", says: "agents that stand in for each other" },
    concurrency: { type: "string", value: "N", says: "tasks at once (1)" },
  },
  notes: ["docs/reference/agent-protocol.md shows the settings of each kind and what an agent speaks."],
  examples: [
    `aios agents register coder --settings '{"output": "text"}' -- python3 agent.py`,
    `aios agents register reviewer --kind http --settings '{"url": "http://127.0.0.1:9000/task"}' --capability review`,
    "aios agents register --file agent.json",
  ],
  run,
};

async function run(call: Call): Promise<number> {
  const agent = call.given.has("file") ? await fromFile(call) : await fromFlags(call);
  const { api } = await connect(call);
  const registered = await read(api.agents.$post({ json: agent }));
  return tell(call, registered, () => sayAgent(registered, Date.now(), call.terminal.paint));
}

/** As it stands in the file: the engine judges it and names every fault. */
async function fromFile(call: Call): Promise<AgentInput> {
  const { given } = call;
  const others = ["kind", "settings", "capability", "group", "concurrency"].filter((name) => given.has(name));
  const extra = others.length > 0 ? `--${others[0] ?? ""}` : [...given.operands("ID"), ...given.operands("COMMAND")][0];
  if (extra !== undefined) throw new UsageError(`--file holds the whole agent; ${extra} says something beside it`);
  return (await readJsonFile(call, "--file", given.text("file") ?? "-")) as unknown as AgentInput;
}

async function fromFlags(call: Call): Promise<AgentInput> {
  const { given } = call;
  const [id] = given.operands("ID");
  if (id === undefined) throw new UsageError("ID is missing: the agent's id, or --file FILE with the whole agent");
  const kind = given.text("kind") ?? "process";
  return {
    id,
    kind,
    config: await configOf(call, kind),
    capabilities: given.has("capability") ? [...given.texts("capability")] : undefined,
    group: given.text("group"),
    concurrency: given.count("concurrency", 1),
  };
}

async function configOf(call: Call, kind: string): Promise<Json> {
  const { given } = call;
  const command = given.operands("COMMAND");
  const text = given.text("settings");
  const settings = text === undefined ? {} : await readJsonInput(call, "--settings", text);
  if (command.length === 0) {
    if (text !== undefined || kind !== "process") return settings;
    throw new UsageError("-- COMMAND is missing: the program that a process agent runs");
  }
  if (!isJsonObject(settings)) throw new UsageError("--settings must be a JSON object");
  return { ...settings, command: [...command] };
}
