import { z } from "zod";
import type { Params } from "../../src/domain/playbook/schema.ts";
import type { Json } from "../../src/kernel/json.ts";
import { isJsonObject } from "../../src/kernel/json.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One place in an object of parameters at which any text may be written. */
export interface StringPlace {
  /** Dotted, with `[]` for a member of a list, `*` for a value and `<name>` for a name of a map. */
  readonly path: string;
  /** The member of the parameters that it lies in. */
  readonly member: string;
  /** `name`: the text is the name of a member, so that no reference can stand for it. */
  readonly role: "value" | "name";
  /** The only texts there are, where the schema lists them. */
  readonly choices: readonly string[] | undefined;
  /** The parameters with something at this place; what it needs beside it is made up. */
  readonly put: (params: Params, what: Json) => Params;
}

/** As deep as a schema is followed into itself: a list in a list is no other place than a list. */
const DEPTH = 2;
const TEXTLESS: ReadonlySet<string> = new Set(["integer", "number", "boolean", "null"]);

/** Every place of an object's schema that takes text, of whatever form the schema says it must be. */
export function stringPlaces(schema: z.ZodType): readonly StringPlace[] {
  const whole = z.toJSONSchema(schema, { io: "input" });
  const named = Object.entries(whole.properties ?? {}).filter(isNamedSchema);
  return named.flatMap(([member, inner]) =>
    walk(inner, whole, []).map(({ path, put, ...place }) => ({
      ...place,
      member,
      path: `${member}${path}`,
      put: (params: Params, what: Json) => ({ ...params, [member]: put(params[member], what) }),
    })),
  );
}

interface Place {
  readonly path: string;
  readonly role: StringPlace["role"];
  readonly choices: readonly string[] | undefined;
  readonly put: (base: Json | undefined, what: Json) => Json;
}

function walk(schema: JsonSchema, whole: JsonSchema, followed: readonly string[]): readonly Place[] {
  if (typeof schema.$ref === "string") {
    const times = followed.filter((name) => name === schema.$ref).length;
    return times >= DEPTH ? [] : walk(definitionOf(schema.$ref, whole), whole, [...followed, schema.$ref]);
  }
  const variants = variantsOf(schema);
  if (variants.length > 0) return variants.flatMap((variant) => walk(variant, whole, followed));
  if (schema.type === "string")
    return [{ path: "", role: "value", choices: choicesOf(schema), put: (_, what) => what }];
  if (schema.type === "array" && isSchema(schema.items))
    return walk(schema.items, whole, followed).map((place) => ({
      ...place,
      path: `[]${place.path}`,
      put: (base, what) => [place.put(Array.isArray(base) ? (base[0] as Json | undefined) : undefined, what)],
    }));
  if (schema.type === "object") return [...ofMembers(schema, whole, followed), ...ofMap(schema, whole, followed)];
  if (typeof schema.type === "string" && TEXTLESS.has(schema.type)) return [];
  throw new Error(`test/support/string-places.ts does not know the schema ${JSON.stringify(schema)}`);
}

function ofMembers(schema: JsonSchema, whole: JsonSchema, followed: readonly string[]): readonly Place[] {
  const members = Object.entries(schema.properties ?? {}).filter(isNamedSchema);
  return members.flatMap(([name, inner]) =>
    walk(inner, whole, followed).map((place) => ({
      ...place,
      path: `.${name}${place.path}`,
      put: (base, what) => {
        const given = isJsonObject(base) ? base : sampleOf(schema, whole);
        return { ...(isJsonObject(given) ? given : {}), [name]: place.put(memberOf(base, name), what) };
      },
    })),
  );
}

/** A map's names are places of their own; a value is put where the parameters have one already. */
function ofMap(schema: JsonSchema, whole: JsonSchema, followed: readonly string[]): readonly Place[] {
  const inner = schema.additionalProperties;
  if (!isSchema(inner)) return [];
  const first = (base: Json | undefined) => (isJsonObject(base) ? (Object.keys(base)[0] ?? "x") : "x");
  const name: Place = {
    path: ".<name>",
    role: "name",
    choices: undefined,
    put: (base, what) =>
      Object.fromEntries([
        [typeof what === "string" ? what : JSON.stringify(what), memberOf(base, first(base)) ?? sampleOf(inner, whole)],
      ]),
  };
  // Inside of what a schema says of itself a map is no other map.
  const names = followed.length < DEPTH ? [name] : [];
  const values = walk(inner, whole, followed).map((place) => ({
    ...place,
    path: `.*${place.path}`,
    put: (base: Json | undefined, what: Json): Json => {
      const name = first(base);
      return { ...(isJsonObject(base) ? base : {}), [name]: place.put(memberOf(base, name), what) };
    },
  }));
  return [...names, ...values];
}

/** Some value of a schema: what has to stand beside a place. */
function sampleOf(schema: JsonSchema, whole: JsonSchema): Json {
  if (typeof schema.$ref === "string") return sampleOf(definitionOf(schema.$ref, whole), whole);
  const [variant] = variantsOf(schema);
  if (variant !== undefined) return sampleOf(variant, whole);
  switch (schema.type) {
    case "string":
      return choicesOf(schema)?.[0] ?? "x";
    case "integer":
    case "number":
      return schema.maximum ?? schema.minimum ?? 1;
    case "boolean":
      return false;
    case "array":
      return isSchema(schema.items) ? [sampleOf(schema.items, whole)] : [];
    case "object": {
      const members = Object.entries(schema.properties ?? {}).filter(isNamedSchema);
      const needed = members.filter(([name]) => schema.required?.includes(name) === true);
      return Object.fromEntries(needed.map(([name, inner]) => [name, sampleOf(inner, whole)]));
    }
    default:
      return null;
  }
}

/** What a value may be instead of one thing alone. */
function variantsOf(schema: JsonSchema): readonly JsonSchema[] {
  const types: unknown = schema.type;
  if (Array.isArray(types)) return types.map((type) => ({ ...schema, type }) as JsonSchema);
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].filter(isSchema);
}

function memberOf(base: Json | undefined, name: string): Json | undefined {
  return isJsonObject(base) && Object.hasOwn(base, name) ? base[name] : undefined;
}

function choicesOf(schema: JsonSchema): readonly string[] | undefined {
  if (typeof schema.const === "string") return [schema.const];
  return schema.enum?.filter((choice) => typeof choice === "string");
}

function definitionOf(reference: string, whole: JsonSchema): JsonSchema {
  const found = whole.$defs?.[reference.replace("#/$defs/", "")];
  if (!isSchema(found)) throw new Error(`there is no schema ${reference}`);
  return found;
}

function isNamedSchema(entry: readonly [string, unknown]): entry is [string, JsonSchema] {
  return isSchema(entry[1]);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
