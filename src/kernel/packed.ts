import { isMap } from "./persistent-map.ts";

/** What JSON has no word for, by tag: `{"$map": [[key, value], …]}`, `{"$set": […]}`, `{"$number": "Infinity"}`. */
type Tag = "$map" | "$set" | "$number" | "$plain";
const tags: ReadonlySet<string> = new Set<Tag>(["$map", "$set", "$number", "$plain"]);

/**
 * A copy as JSON values: maps, sets and numbers that JSON cannot say are tagged, members that are undefined are left
 * out, and an object that only looks tagged is wrapped. `unpacked` gives an equal value.
 */
export function packed(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : { $number: String(value) };
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(packed);
  if (isMap(value)) return { $map: [...value].map(([key, member]) => [packed(key), packed(member)]) };
  if (value instanceof Set) return { $set: [...value].map(packed) };
  const members = membersOf(value, packed);
  return isTagged(members) ? { $plain: members } : members;
}

/** Takes what `packed` gave, also after a round trip through JSON text. */
export function unpacked(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(unpacked);
  if (!isTagged(value)) return membersOf(value, unpacked);
  const [[tag, held]] = Object.entries(value) as [[Tag, unknown]];
  switch (tag) {
    case "$plain":
      return membersOf(held as object, unpacked);
    case "$number":
      return Number(held);
    case "$set":
      return new Set((held as unknown[]).map(unpacked));
    case "$map":
      return new Map((held as [unknown, unknown][]).map(([key, member]) => [unpacked(key), unpacked(member)]));
  }
}

function membersOf(from: object, each: (member: unknown) => unknown): object {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(from)) {
    if (member === undefined) continue;
    const value = each(member);
    // Defined, not assigned, where the name is taken; assigning costs far less.
    if (name === "__proto__")
      Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
    else members[name] = value;
  }
  return members;
}

function isTagged(value: object): boolean {
  const names = Object.keys(value);
  return names.length === 1 && tags.has(names[0] ?? "");
}
