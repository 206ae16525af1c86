import { type StoredItem, storedItem } from "../../item.ts";
import type { ItemScope } from "../../scope.ts";
import { parseLine } from "../json-lines.ts";

/** What Chroma takes beside a vector: flat, and of these types. */
export type Metadata = Record<string, string | number | boolean>;
/** Chroma's own language of conditions, as data. */
export type Where = Record<string, unknown>;

const readerKey = (space: string) => `reads:${space}`;
const tagKey = (tag: string) => `tag:${tag}`;

/**
 * An item as metadata: `json` is the item, everything else is there to be filtered by. The server merges what it gets into
 * what it has, so that what the item before had and this one has not is said to be nothing.
 */
export function metadataOf(item: StoredItem, before: StoredItem | undefined, token: string): Metadata {
  return { ...followed(item, before), json: JSON.stringify(item), write: token };
}

/** What an item is filtered by, where what the item before had is said to be nothing. */
export function followed(item: StoredItem, before: StoredItem | undefined): Metadata {
  const gone: Metadata = {};
  for (const [name, value] of Object.entries(before === undefined ? {} : filterableOf(before)))
    gone[name] = typeof value === "boolean" ? false : "";
  return { ...gone, ...filterableOf(item) };
}

/** What an item is filtered by. */
export function filterableOf(item: StoredItem): Metadata {
  const { space, key, kind = "memory", category, level, fingerprint, tags = [], sharedWith } = item;
  const texts = { space, key, kind, category, level, fingerprint };
  return {
    ...Object.fromEntries(
      Object.entries(texts).filter((member): member is [string, string] => member[1] !== undefined),
    ),
    ...Object.fromEntries(tags.map((tag) => [tagKey(tag), true])),
    ...Object.fromEntries(sharedWith.map((name) => [readerKey(name), true])),
  };
}

export function itemOf(metadata: Readonly<Record<string, unknown>> | null | undefined): StoredItem {
  return storedItem.parse(jsonIn(metadata));
}

/** The record of truth; `undefined` where there is none. */
export function jsonIn(metadata: Readonly<Record<string, unknown>> | null | undefined): unknown {
  const json = metadata?.["json"];
  return typeof json === "string" ? parseLine(json) : undefined;
}

/** A scope as a condition, as far as Chroma can say it quickly; `undefined` when it would say nothing. */
export function whereOf({ readers, space, key, filter = {} }: ItemScope): Where | undefined {
  const { kind, category, level, tags = [], fingerprint } = filter;
  const parts: Where[] = [
    ...(readers === undefined
      ? []
      : [anyOf([{ space: { $in: [...readers] } }, ...readers.map((name) => ({ [readerKey(name)]: true }))])]),
    ...[
      ["space", space] as const,
      ["key", key] as const,
      ["kind", kind] as const,
      ["category", category] as const,
      ["level", level] as const,
      ["fingerprint", fingerprint] as const,
    ].flatMap(([name, value]) =>
      value === undefined ? [] : [{ [name]: typeof value === "string" ? value : { $in: [...value] } }],
    ),
    ...tags.map((tag) => ({ [tagKey(tag)]: true })),
  ];
  // A list of one is refused, and so is an empty condition.
  return parts.length > 1 ? { $and: parts } : parts[0];
}

export function anyOf(parts: readonly Where[]): Where {
  const [first, ...others] = parts;
  return others.length === 0 && first !== undefined ? first : { $or: [...parts] };
}
