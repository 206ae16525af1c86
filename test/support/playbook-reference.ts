import { z } from "zod";
import { checks } from "../../src/actions/checks/index.ts";
import { actions } from "../../src/actions/index.ts";
import { grantVerbs } from "../../src/domain/playbook/grants.ts";
import { limitsSettings } from "../../src/domain/playbook/limits/settings.ts";
import { operatorNames, operators } from "../../src/domain/playbook/operators.ts";
import { riskSettings } from "../../src/domain/playbook/risk.ts";
import { validationDefaults } from "../../src/domain/playbook/schema.ts";
import { code, table, withTables } from "./markdown.ts";

interface Property {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
}

/** docs/reference/playbooks.md: `prose` with its tables written from the code. */
export function playbookReference(prose: string): string {
  return withTables(prose, "docs/reference/playbooks.md", {
    operators: () =>
      table(
        ["operator", "true when the value"],
        operatorNames.map((name) => [code(name), operators[name].says]),
      ),
    actions: () => [...actions.values()].map(actionSection).join("\n\n"),
    checks: () =>
      [...checks.values()]
        .map(({ name, summary, schema }) => `### \`${name}\`\n\n${summary}\n\n${parameters(schema)}`)
        .join("\n\n"),
    grants: () =>
      table(
        ["verb", "scope"],
        Object.entries(grantVerbs).map(([verb, scope]) => [code(verb), scope]),
      ),
    limits: () => defaults(limitsSettings),
    risk: () => defaults(riskSettings),
    validation: () =>
      table(
        ["member", "default"],
        Object.entries(validationDefaults).map(([name, value]) => [code(name), String(value)]),
      ),
  });
}

function actionSection(kind: NonNullable<ReturnType<typeof actions.get>>): string {
  const facts = [
    `risk ${kind.risk}`,
    kind.reversible ? "can be undone" : "cannot be undone",
    kind.idempotent ? "may be repeated after a crash" : "is never repeated",
    kind.ownScope.length > 0 ? `own scope ${kind.ownScope.map(code).join(", ")}` : "no own scope: name its grants",
  ];
  return `### \`${kind.name}\`\n\n${kind.summary}\n\n${facts.join("; ")}.\n\n${parameters(kind.schema)}`;
}

function parameters(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  const rows = Object.entries(properties).map(([name, property]) => {
    const { type, enum: values, default: fallback, description = "" } = property as Property;
    const form = values === undefined ? (type === undefined ? "any" : [type].flat().join(" or ")) : values.join(", ");
    const need = required.includes(name) ? "needed" : fallback === undefined ? "" : code(JSON.stringify(fallback));
    return [code(name), form, need, description];
  });
  return rows.length === 0 ? "No parameters." : table(["parameter", "form", "default", "meaning"], rows);
}

function defaults(schema: z.ZodType): string {
  const value: unknown = schema.parse({});
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return table(
    ["setting", "default", "meaning"],
    Object.entries(value ?? {}).map(([name, number]) => {
      const { description = "" } = properties[name] as Property;
      return [code(name), String(number), description];
    }),
  );
}
