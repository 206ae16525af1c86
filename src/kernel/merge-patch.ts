import { isJsonObject, type Json } from "./json.ts";

/** JSON merge patch (RFC 7396): objects merge, null removes, anything else replaces. */
export function mergePatch(value: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(isJsonObject(value) ? Object.entries(value) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), change));
  }
  return Object.fromEntries(merged);
}
