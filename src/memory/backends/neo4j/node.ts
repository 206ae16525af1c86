import { confidenceOf, idOf, type StoredItem } from "../../item.ts";
import { digestOf } from "../../meaning/vectors.ts";
import type { Terms } from "../../ranking/item-text.ts";
import { indexed } from "./lucene.ts";

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * An item as the properties of its node. `json` is the item; everything else is there to be asked for and looked at, and
 * made anew with every write. Dates are readable, numbers are numbers.
 */
export function propertiesOf(item: StoredItem, terms: Terms): Readonly<Record<string, unknown>> {
  const { key, space, title, content, category, tags, kind, level, fingerprint, polarity, provenance, data } = item;
  const { outcomes, validFromMs, validToMs, sharedWith, createdAtMs, updatedAtMs, version } = item;
  const members = {
    id: idOf(item),
    json: JSON.stringify(item),
    key,
    space,
    title,
    content,
    category,
    tags,
    kind,
    level,
    fingerprint,
    polarity,
    provenance,
    data: data === undefined ? undefined : JSON.stringify(data),
    confidence: confidenceOf(item),
    fixes: outcomes?.fixes,
    failures: outcomes?.failures,
    validFromMs,
    validToMs,
    sharedWith,
    createdAtMs,
    updatedAtMs,
    version,
    words: indexed(terms.words),
    grams: indexed(new Set(terms.grams)),
    readers: [space, ...sharedWith].join(" "),
    digest: digestOf(item),
  };
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, name === "json" ? value : shown(value)]),
  );
}

/** What no database text may hold is shown as a replacement; `json` has it escaped. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown);
  return typeof value === "string" ? value.replace(LONE, "\ufffd").replaceAll("\0", "\ufffd") : value;
}

/** The label beside `Item`: `lesson` is `Lesson`, `build_step` is `BuildStep`. */
export function labelOf({ kind = "memory" }: StoredItem): string {
  const words = kind.split(/[_-]+/).filter((word) => word !== "");
  const label = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
  // Taken by what every node is and by the node of the memory itself.
  return label === "" || label === "Item" || label === "AiosMemory" ? "Memory" : label;
}
