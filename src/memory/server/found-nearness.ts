import { idOf } from "../item.ts";
import type { Nearness } from "../ranking/nearness.ts";
import type { Found } from "./store.ts";

/** How near what a server found is to the question. */
export function nearnessOf(found: readonly Found[]): Nearness {
  const cosines = new Map(
    found.flatMap(({ item, cosine }) => (cosine === undefined ? [] : [[idOf(item), cosine] as const])),
  );
  const cosineOf = (id: string) => cosines.get(id) ?? 0;
  return {
    cosineOf: (item) => cosines.get(idOf(item)),
    nearest: (limit, fits) =>
      found
        .map(({ item }) => item)
        .filter((item) => cosines.has(idOf(item)) && fits(item))
        .sort((a, b) => cosineOf(idOf(b)) - cosineOf(idOf(a)) || (idOf(a) < idOf(b) ? -1 : 1))
        .slice(0, limit),
  };
}
