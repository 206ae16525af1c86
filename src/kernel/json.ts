/** Anything that survives a round trip through JSON text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The value at a dotted path (`a.b.0.c`), or `undefined` where the path leads nowhere. Own members only. */
export function at(value: unknown, path: string): unknown {
  let current: unknown = value;
  for (const part of path.split(".")) {
    if (current === null || typeof current !== "object" || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}

/** A plain JSON copy: members that are `undefined` are left out; `undefined` for what JSON has no value for. */
export function toJson(value: unknown): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) return value.map((member) => toJson(member) ?? null);
  if (typeof value !== "object") return undefined;
  const entries: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    const copy = toJson(member);
    if (copy !== undefined) entries.push([name, copy]);
  }
  return Object.fromEntries(entries);
}

/** Whether a JSON value is an object, neither null nor a list. */
export function isJsonObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What of a value would not arrive as it is, and where. */
export interface Unkept {
  readonly path: readonly PropertyKey[];
  readonly why: string;
}

/** The one name of a member that every schema drops in silence. */
const DROPPED = "__proto__";
const HALF = /\p{Surrogate}/u;

/** The first part of a value that schemas or UTF-8 would change in silence; `undefined` where all of it is kept. */
export function unkept(value: unknown): Unkept | undefined {
  if (typeof value === "string") return HALF.test(value) ? half([]) : undefined;
  if (value === null || typeof value !== "object") return undefined;
  const isList = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    if (name === DROPPED) return { path: [name], why: "no member can have this name: choose another" };
    if (HALF.test(name)) return half([name]);
    const inner = unkept(member);
    if (inner !== undefined) return { ...inner, path: [isList ? Number(name) : name, ...inner.path] };
  }
  return undefined;
}

function half(path: readonly PropertyKey[]): Unkept {
  return { path, why: "it holds half a character (a lone surrogate), which no bytes stand for" };
}

/** The value of a JSON text. Throws a `SyntaxError` for anything else. */
export function parseJson(text: string): Json {
  return JSON.parse(text) as Json;
}
