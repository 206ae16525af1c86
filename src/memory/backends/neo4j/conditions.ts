import type { ItemScope } from "../../scope.ts";

export interface Conditions {
  /** After WHERE; `true` when there are none. */
  readonly text: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A scope as a condition on the node `i`. */
export function conditionsOf({ readers, space, key, filter = {}, heldAtMs }: ItemScope): Conditions {
  const { kind, category, level, tags, fingerprint } = filter;
  const all: readonly (readonly [string, string, unknown])[] = [
    ["(i.space IN $readers OR any(s IN i.sharedWith WHERE s IN $readers))", "readers", readers],
    ["i.space = $space", "space", space],
    ["i.key = $key", "key", key],
    ["coalesce(i.kind, 'memory') IN $kinds", "kinds", listOf(kind)],
    ["i.category IN $categories", "categories", listOf(category)],
    ["i.level IN $levels", "levels", listOf(level)],
    ["all(t IN $tags WHERE t IN i.tags)", "tags", tags],
    ["i.fingerprint = $fingerprint", "fingerprint", fingerprint],
    [
      "coalesce(i.validFromMs, $heldAtMs) <= $heldAtMs AND coalesce(i.validToMs, $heldAtMs + 1) > $heldAtMs",
      "heldAtMs",
      heldAtMs,
    ],
  ];
  const given = all.filter(([, , value]) => value !== undefined);
  return {
    text: given.length === 0 ? "true" : given.map(([text]) => text).join(" AND "),
    parameters: Object.fromEntries(given.map(([, name, value]) => [name, value])),
  };
}

function listOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof value === "string" ? [value] : value;
}
