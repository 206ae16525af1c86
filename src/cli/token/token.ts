import type { Token } from "../answers.ts";
import { connect, read, readList, segment } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { sayAge } from "../say.ts";
import type { Column } from "../table.ts";
import { plain } from "../terminal.ts";
import { show } from "./show.ts";

const roles = ["operator", "viewer", "agent"] as const;

const list: Command = {
  name: "list",
  summary: "List the tokens, without themselves",
  options: { limit: limitOption },
  examples: ["aios token list", "aios token list --json"],
  run: listTokens,
};

const create: Command = {
  name: "create",
  summary: "Make a token; it is shown this once",
  options: {
    role: {
      type: "string",
      value: "ROLE",
      required: true,
      says: "operator (everything), viewer (reads) or agent (its own things)",
    },
    agent: { type: "string", value: "ID", says: "whose token it is, for the role agent" },
    label: { type: "string", value: "TEXT", says: "what it is for" },
  },
  notes: ["The token alone goes to standard output. docs/reference/principals.md says what each role may."],
  examples: ["aios token create --role viewer --label wallboard", "aios token create --role agent --agent coder"],
  run: createToken,
};

const revoke: Command = {
  name: "revoke",
  summary: "Revoke a token, and every session that came from it",
  operands: [{ name: "ID", says: "the token's id, as `aios token list` shows it" }],
  examples: ["aios token revoke 0198c1d2-5f7e-7aaa-8001-3f1f6c1c9e01"],
  run: revokeToken,
};

export const token: Group = {
  name: "token",
  summary: "Make tokens for people, programs and agents, list and revoke them",
  usual: "list",
  commands: [list, create, revoke, show],
};

const columns = (nowMs: number): readonly Column<Token>[] => [
  { title: "TOKEN", of: ({ id }) => id },
  { title: "ROLE", of: ({ role }) => role },
  { title: "AGENT", of: ({ agent }) => agent },
  { title: "MADE", of: ({ createdAtMs }) => sayAge(createdAtMs, nowMs) },
  { title: "LABEL", of: ({ label }) => label, most: 60 },
];

async function listTokens(call: Call): Promise<number> {
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (query) => api.tokens.$get({ query }));
  return tellList(call, page, columns(Date.now()), "No tokens.");
}

async function createToken(call: Call): Promise<number> {
  const { given, terminal } = call;
  const role = given.oneOf("role", roles);
  if (role === undefined) throw new UsageError("--role is missing: operator, viewer or agent");
  const agent = given.text("agent");
  if ((role === "agent") !== (agent !== undefined))
    throw new UsageError("a token of the role agent names its --agent, the others name none");
  const { api } = await connect(call);
  const made = await read(api.tokens.$post({ json: { role, agent, label: given.text("label") } }));
  if (!call.json) terminal.err(`Token ${plain(made.id)} of role ${made.role}; it is shown this once:\n`);
  return tell(call, made, () => made.token);
}

async function revokeToken(call: Call): Promise<number> {
  const id = call.given.operand("ID");
  const { api } = await connect(call);
  const done = await read(api.tokens[":id"].$delete({ param: { id: segment(id) } }));
  return tell(call, done, () => `Token ${plain(id)} works no longer.`);
}
