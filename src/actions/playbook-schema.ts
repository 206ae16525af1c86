import { z } from "zod";
import { playbookSource, reference } from "../domain/playbook/source.ts";
import { type ActionCatalogue, catalogue } from "./index.ts";
import type { Action } from "./kind.ts";

/** The JSON Schema of a playbook file, with every action, check and parameter that exists: for editors. */
export function playbookJsonSchema({ actions, checks }: ActionCatalogue = catalogue): object {
  const { shape } = playbookSource;
  const action = shape.actions.element;
  const precheck = shape.prechecks.unwrap().element;
  const actionKinds = [...actions.values()].map(({ name, summary, schema }) =>
    action.extend({ type: z.literal(name), params: paramsAsWritten(schema).optional() }).describe(summary),
  );
  const checkKinds = [...checks.values()].map(({ name, summary, schema }) =>
    precheck.extend({ check: z.literal(name), params: paramsAsWritten(schema).optional() }).describe(summary),
  );
  const whole = playbookSource.extend({
    actions: z.array(z.union(actionKinds)).min(1).max(20).describe("What is done, in order."),
    prechecks: z.array(z.union(checkKinds)).max(20).optional().describe("All must hold before anything is done."),
    validation: shape.validation
      .unwrap()
      .extend({
        check: z.enum([...checks.keys()]).describe("The check that reads another signal than the action's own."),
      })
      .optional(),
  });
  return z.toJSONSchema(whole, { io: "input", target: "draft-7" });
}

/** The JSON Schema of an action's parameters. */
export function parametersOf({ schema }: Action): { readonly properties: Readonly<Record<string, unknown>> } {
  const { properties = {}, ...rest } = z.toJSONSchema(schema, { io: "input", target: "draft-7" });
  return { ...rest, properties };
}

/** Parameters as they stand in a file: any may be a reference, and one may stand beside them as `target`. */
function paramsAsWritten(schema: z.ZodType): z.ZodType {
  if (!(schema instanceof z.ZodObject)) return z.record(z.string(), z.json());
  const members = Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).map(([name, member]) => {
    const written = z.union([withReferences(member), reference]).optional();
    return [name, member.description === undefined ? written : written.describe(member.description)] as const;
  });
  return z.strictObject(Object.fromEntries(members));
}

/** Of a map each value may be a reference too. */
function withReferences(member: z.ZodType): z.ZodType {
  const inner = member instanceof z.ZodDefault || member instanceof z.ZodOptional ? member.unwrap() : member;
  if (!(inner instanceof z.ZodRecord)) return member;
  return z.record(z.string(), z.union([inner.valueType as z.ZodType, reference]));
}
