/** A member that is named by the code, in contrast to one whose name is data: an id, a hash, a path. */
const NAMED = /^\$?[a-z][A-Za-z0-9]*$/;

/**
 * What a JSON value consists of, one line for each place in it with the types that were found there: `rows[].id: text`.
 * All members of a list are one place, and so are members whose names are data, as `*`.
 */
export function shapeOf(value: unknown): readonly string[] {
  const places = new Map<string, Set<string>>();
  note(places, "", [value]);
  return [...places]
    .filter(([place]) => place !== "")
    .map(([place, types]) => `${place}: ${[...types].sort().reverse().join(" or ")}`)
    .sort();
}

/** Notes what stands at one place, of all the values that do. */
function note(places: Map<string, Set<string>>, place: string, values: readonly unknown[]): void {
  const types = new Set(values.map(typeOf));
  const lists = values.filter((value) => Array.isArray(value));
  const objects = values.filter((value) => typeOf(value) === "object") as Readonly<Record<string, unknown>>[];
  // Of lists and objects the places within tell.
  const isPlain = lists.flat().length + objects.flatMap(Object.keys).length === 0;
  const known = places.get(place) ?? new Set();
  for (const type of types) if (isPlain || (type !== "list" && type !== "object")) known.add(type);
  if (known.size > 0) places.set(place, known);
  if (lists.flat().length > 0) note(places, `${place}[]`, lists.flat());
  const names = new Set(objects.flatMap(Object.keys));
  const isNamed = [...names].every((name) => NAMED.test(name));
  if (!isNamed) {
    note(places, `${place}.*`, objects.flatMap(Object.values));
    return;
  }
  for (const name of names) {
    const own = place === "" ? name : `${place}.${name}`;
    const held = objects.filter((one) => name in one);
    note(
      places,
      own,
      held.map((one) => one[name]),
    );
    if (held.length === objects.length) continue;
    places.set(own, new Set([...(places.get(own) ?? []), "absent"]));
  }
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  return typeof value === "string" ? "text" : typeof value;
}
