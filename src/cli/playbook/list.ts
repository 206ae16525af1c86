import { connect, read } from "../client.ts";
import { type Call, type Command, tell } from "../command.ts";
import { limitOf, limitOption } from "../listing.ts";
import { bullets, section, table } from "../table.ts";
import { playbookColumns, sayRefused } from "./playbook-text.ts";

export const list: Command = {
  name: "list",
  summary: "List the playbooks that are loaded, and the files that were refused",
  options: { limit: limitOption },
  examples: ["aios playbook", "aios playbook list --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { paint } = call.terminal;
  const limit = String(Math.min(limitOf(call), 1000));
  const { api } = await connect(call);
  const page = await read(api.playbooks.$get({ query: { limit } }));
  const { items, refused } = page;
  return tell(call, page, () =>
    [
      items.length === 0 ? "No playbooks.\n" : table(items, playbookColumns, paint),
      section("Refused", bullets(refused.map(sayRefused)), paint),
    ].join(""),
  );
}
