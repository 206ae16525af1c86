import path from "node:path";
import { nodeFiles } from "../../platform/files.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const schema: Command = {
  name: "schema",
  summary: "Print the JSON Schema of playbooks for your editor, with your own actions in it",
  options: { out: { type: "string", value: "FILE", says: "write it there, for a playbook's `$schema` to name" } },
  notes: ["Needs no engine. Without actions of your own it is docs/reference/playbook.schema.json."],
  examples: ["aios playbook schema --out playbooks/playbook.schema", "aios playbook schema --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const [catalogue, { playbookJsonSchema }] = await Promise.all([
    catalogueOf(call),
    import("../../actions/playbook-schema.ts"),
  ]);
  const document = playbookJsonSchema(catalogue);
  const text = `${JSON.stringify(document, null, 2)}\n`;
  const out = call.given.text("out");
  if (out === undefined) return tell(call, document, () => text);
  const file = path.resolve(call.cwd, out);
  await nodeFiles.makeDirectory(path.dirname(file));
  await nodeFiles.write(file, text);
  tell(call, { file }, () => `wrote ${file}\n`);
  return exit.done;
}
