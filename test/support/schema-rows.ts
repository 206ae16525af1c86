import { z } from "zod";
import { code } from "./markdown.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One member of a schema, for a table. */
export interface SchemaRow {
  /** Dotted, with `[]` for the members of a list. */
  readonly path: string;
  /** What it may be, in words. */
  readonly form: string;
  /** Whether it is there in every value of the schema. */
  readonly always: boolean;
  readonly says: string;
}

/** Every member of an object's schema, the inner ones below their own. */
export function schemaRows(schema: z.ZodType, io: "input" | "output"): readonly SchemaRow[] {
  return rowsOf(z.toJSONSchema(schema, { io }), "");
}

function rowsOf(schema: JsonSchema, prefix: string): readonly SchemaRow[] {
  const variants = variantsOf(schema);
  const names = new Set(variants.flatMap(({ properties = {} }) => Object.keys(properties)));
  return [...names].flatMap((name) => {
    const found = variants.flatMap(({ properties }) => [properties?.[name]].filter(isSchema));
    const always = variants.every(({ required = [] }) => required.includes(name));
    const path = `${prefix}${name}`;
    const [first = {}] = found;
    const row = { path, form: unique(found.map(formOf)).join(" or "), always, says: first.description ?? "" };
    const inner = isSchema(first.items) ? rowsOf(first.items, `${path}[].`) : rowsOf(first, `${path}.`);
    return [row, ...inner];
  });
}

/** The objects that a value may be: itself, or the members of its union. */
function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  if (schema.properties !== undefined) return [schema];
  return [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter(isSchema).flatMap(variantsOf);
}

function formOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(", ");
  const members = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter(isSchema);
  if (members.length > 0) return unique(members.map(formOf)).join(" or ");
  switch (schema.type) {
    case "string":
      return textOf(schema);
    case "integer":
      return `whole number${boundsOf(schema)}`;
    case "number":
      return `number${boundsOf(schema)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return isSchema(schema.items) ? `list of ${formOf(schema.items)}` : "list";
    case "object":
      return schema.properties === undefined ? "object with names of one's own" : "object";
    default:
      return "any JSON";
  }
}

function textOf({ format, minLength }: JsonSchema): string {
  if (format === "uri") return "address";
  return minLength !== undefined && minLength > 1 ? `text, at least ${minLength} characters` : "text";
}

function boundsOf({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  const above = typeof exclusiveMinimum === "number" ? exclusiveMinimum : undefined;
  const low = minimum ?? (type === "integer" && above !== undefined ? above + 1 : undefined);
  // Schemas of whole numbers name the largest that a double can tell from its neighbours: no bound of ours.
  const high = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const hasLow = low !== undefined && low !== Number.MIN_SAFE_INTEGER;
  if (hasLow) return high === undefined ? `, at least ${low}` : `, ${low} to ${high}`;
  return above === undefined ? "" : `, more than ${above}`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}
