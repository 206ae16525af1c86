import type { z } from "zod";
import { canonical } from "../kernel/hash.ts";
import { type itemInput, itemPatch, type StoredItem } from "./item.ts";

const LISTED: ReadonlySet<string> = new Set(Object.keys(itemPatch.shape));

/** Listed members as they are; the user's own under `data`. */
export function described(value: z.output<typeof itemInput>): Readonly<Record<string, unknown>> {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const data = Object.fromEntries(members.filter(([name]) => !LISTED.has(name)));
  const given = "data" in value ? { ...value.data, ...data } : data;
  return {
    ...Object.fromEntries(members.filter(([name]) => LISTED.has(name))),
    ...(Object.keys(given).length === 0 ? {} : { data: given }),
  };
}

/** What an item says, without what changes by the act of storing it. */
export function substance(item: StoredItem): string {
  const { updatedAtMs: _updated, createdAtMs: _created, version: _version, ...said } = item;
  return canonical(said);
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the members that are `undefined`. */
export function defined<T extends object>(value: T): Defined<T> {
  const copy: Defined<T> = {};
  for (const name of Object.keys(value) as (keyof T)[])
    if (value[name] !== undefined) Object.assign(copy, { [name]: value[name] });
  return copy;
}
