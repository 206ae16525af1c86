// Writes the JSON Schemas of docs/reference anew from the code: npm run reference
// The tables of the pages are written by their own tests: npx vitest run --project unit -u test/unit/docs
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { playbookJsonSchema } from "../src/actions/playbook-schema.ts";
import { protocolJsonSchema } from "../src/agents/protocol.ts";
import { configurationJsonSchema } from "../test/support/configuration-reference.ts";

const folder = path.resolve(import.meta.dirname, "../docs/reference");
const schemas = {
  "agent-protocol": protocolJsonSchema(),
  configuration: configurationJsonSchema(),
  playbook: playbookJsonSchema(),
};

const files = Object.entries(schemas).map(([name, schema]) => {
  const file = path.join(folder, `${name}.schema.json`);
  writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`);
  return file;
});
execFileSync("npx", ["biome", "format", "--write", ...files], { stdio: "inherit" });
