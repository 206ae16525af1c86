import type { z } from "zod";
import { catalog, type EventType, familyOf } from "../../src/events/catalog.ts";
import type { Entry, Publishers } from "../../src/events/entry.ts";
import { code, table, withTables } from "./markdown.ts";
import { schemaRows } from "./schema-rows.ts";

const publishers: Readonly<Record<Publishers, string>> = {
  engine: "the engine alone",
  operator: "the engine and operators",
  agent: "the engine, operators, and agents about themselves",
};

/** docs/reference/events.md: `prose` with the catalogue written from the code. */
export function eventReference(prose: string): string {
  return withTables(prose, "docs/reference/events.md", {
    index: () =>
      table(
        ["type", "when", "severity"],
        types().map(([type, { says, severity }]) => [link(type), says, severity]),
      ),
    catalogue: () =>
      types()
        .map(([type, entry]) => section(type, entry))
        .join("\n\n"),
  });
}

function types(): readonly (readonly [EventType, Entry])[] {
  const names = Object.keys(catalog) as EventType[];
  const families = [...new Set(names.map(familyOf))].sort();
  return families.flatMap((family) =>
    names.filter((name) => familyOf(name) === family).map((name) => [name, catalog[name]] as const),
  );
}

function link(type: string): string {
  return `[${code(type)}](#${type.replaceAll(".", "")})`;
}

function section(type: string, { says, severity, publishers: who, data }: Entry): string {
  return `### ${type}\n\n${says} Severity \`${severity}\`; published by ${publishers[who]}.\n\n${members(data)}`;
}

function members(data: z.ZodType): string {
  const rows = schemaRows(data, "output").map(({ path, form, always, says }) => [
    code(path),
    form,
    always ? "always" : "",
    says,
  ]);
  return table(["member", "form", "there", "meaning"], rows);
}
