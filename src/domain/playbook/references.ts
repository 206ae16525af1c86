import type { Fault } from "../../kernel/errors.ts";
import { at, type Json, toJson } from "../../kernel/json.ts";
import type { Facts } from "./facts.ts";
import { type PathScope, strayPath } from "./paths.ts";
import type { Params } from "./schema.ts";

/*
 * Invariants:
 *  1. A reference is a whole value; text is never assembled from facts.
 *  2. One pass: what a reference yields is data and is not looked at again, whatever it looks like.
 */

export type Resolved =
  | { readonly kind: "ok"; readonly value: Json }
  | { readonly kind: "missing"; readonly at: string; readonly path: string };

export type ResolvedParams =
  | { readonly kind: "ok"; readonly value: Params }
  | { readonly kind: "missing"; readonly at: string; readonly path: string };

export function referencePath(value: unknown): string | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const [only, ...others] = Object.entries(value);
  if (only === undefined || others.length > 0 || only[0] !== "$ref" || typeof only[1] !== "string") return undefined;
  return only[1];
}

/** The value with every reference replaced by the fact it names; `where` is the value's place in the file. */
export function resolve(value: Json, facts: Facts, where: string): Resolved {
  const path = referencePath(value);
  if (path !== undefined) {
    const found = toJson(at(facts, path));
    return found === undefined ? { kind: "missing", at: where, path } : { kind: "ok", value: found };
  }
  if (Array.isArray(value)) {
    const list: readonly Json[] = value;
    const members: Json[] = [];
    for (const [index, member] of list.entries()) {
      const resolved = resolve(member, facts, `${where}[${index}]`);
      if (resolved.kind === "missing") return resolved;
      members.push(resolved.value);
    }
    return { kind: "ok", value: members };
  }
  if (value === null || typeof value !== "object") return { kind: "ok", value };
  return resolveParams(value as Params, facts, where);
}

export function resolveParams(params: Params, facts: Facts, where: string): ResolvedParams {
  const entries: [string, Json][] = [];
  for (const [name, member] of Object.entries(params)) {
    const resolved = resolve(member, facts, `${where}.${name}`);
    if (resolved.kind === "missing") return resolved;
    entries.push([name, resolved.value]);
  }
  return { kind: "ok", value: Object.fromEntries(entries) };
}

/** References that can never lead anywhere. */
export function strayReferences(value: unknown, where: string, scope: PathScope): readonly Fault[] {
  const path = referencePath(value);
  if (path !== undefined) {
    const message = strayPath(path, scope);
    return message === undefined ? [] : [{ path: where, message }];
  }
  if (Array.isArray(value))
    return value.flatMap((member, index) => strayReferences(member, `${where}[${index}]`, scope));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, member]) => strayReferences(member, `${where}.${name}`, scope));
}

/** Whether the place `path` lies in, at or above a reference: such a place can be judged only when it is resolved. */
export function involvesReference(value: unknown, path: readonly PropertyKey[]): boolean {
  let current: unknown = value;
  for (const part of path) {
    if (referencePath(current) !== undefined) return true;
    if (current === null || typeof current !== "object") return false;
    current = (current as Readonly<Record<PropertyKey, unknown>>)[part];
  }
  return path.length > 0 && hasReference(current);
}

/** Whether any part of a value is a reference. */
export function hasReference(value: unknown): boolean {
  if (referencePath(value) !== undefined) return true;
  return value !== null && typeof value === "object" && Object.values(value).some(hasReference);
}
