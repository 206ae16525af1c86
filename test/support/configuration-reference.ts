import { z } from "zod";
import { environment } from "../../src/config/configure.ts";
import { agentPolicyOf, configSchema } from "../../src/config.ts";
import { code, table, withTables } from "./markdown.ts";
import { type SchemaRow, schemaRows } from "./schema-rows.ts";

const DECLARED = "agents.declared[].";

/** docs/reference/configuration.md: `prose` with its tables written from the schema. */
export function configurationReference(prose: string): string {
  const rows = schemaRows(configSchema, "input");
  const settings = rows.filter(({ path, form }) => form !== "object" && !path.startsWith(DECLARED));
  return withTables(prose, "docs/reference/configuration.md", {
    settings: () =>
      [...sections(settings)].map(([name, own]) => settingsTable(name, says(rows, name), own)).join("\n\n"),
    declared: () =>
      table(
        ["member", "form", "needed", "meaning"],
        rows
          .filter(({ path }) => path.startsWith(DECLARED))
          .map(({ path, form, always, says: meaning }) => [
            code(path.slice(DECLARED.length)),
            form,
            always ? "yes" : "",
            meaning,
          ]),
      ),
    environment: () =>
      table(
        ["variable", "setting"],
        Object.entries(environment).map(([variable, path]) => [code(variable), code(path.join("."))]),
      ),
  });
}

/** docs/reference/configuration.schema.json. */
export function configurationJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input", target: "draft-7" });
}

/** The settings of each section, in the order of the schema; those at the top stand before all sections. */
function sections(settings: readonly SchemaRow[]): ReadonlyMap<string, readonly SchemaRow[]> {
  const found = new Map<string, SchemaRow[]>();
  for (const row of settings) {
    const name = row.path.includes(".") ? row.path.slice(0, row.path.indexOf(".")) : "";
    found.set(name, [...(found.get(name) ?? []), row]);
  }
  return found;
}

function says(rows: readonly SchemaRow[], section: string): string {
  return rows.find(({ path }) => path === section)?.says ?? "";
}

function settingsTable(section: string, summary: string, rows: readonly SchemaRow[]): string {
  const body = table(
    ["setting", "form", "default", "meaning"],
    rows.map(({ path, form, says: meaning }) => [code(path), form, defaultOf(path), meaning]),
  );
  return section === "" ? body : `### ${section}\n\n${summary}\n\n${body}`;
}

const complete = configSchema.parse({});
/** The one default that is not in the schema: an agent's own policy goes before it. */
const defaults: unknown = { ...complete, agents: { ...complete.agents, policy: agentPolicyOf(complete) } };

function defaultOf(path: string): string {
  let value: unknown = defaults;
  for (const name of path.split("."))
    value =
      value !== null && typeof value === "object" ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
  return value === undefined ? "none" : code(JSON.stringify(value));
}
