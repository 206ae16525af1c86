import type { GroupView } from "./group.ts";
import { bareOf, STAR } from "./points.ts";
import type { Opening } from "./slots.ts";

/** Values that an explanation names at one place. */
const MOST_NAMED = 12;

/** The oldest message of a group, its values as `<path>`, `<num>` and so on, words that have proved to be values as `<*>`. */
export function shownAs({ shown, oldest, template }: Pick<GroupView, "shown" | "oldest" | "template">): string {
  const kept = template.filter((word) => word !== STAR);
  let text = "";
  let rest = shown;
  for (const word of oldest.split(" ")) {
    if (word === STAR) continue;
    const bare = bareOf(word);
    const at = rest.indexOf(bare);
    if (at === -1) continue;
    const isKept = kept[0] === word;
    if (isKept) kept.shift();
    text += rest.slice(0, at) + (isKept ? bare : "<*>");
    rest = rest.slice(at + bare.length);
  }
  return text + rest;
}

/** In words why atoms are one failure: what stood at which place, and what it counted. */
export function explainOpening({ template, need, columns }: Opening): string {
  const places = columns.map(({ position, values, evidence }) => {
    const named = values
      .slice(0, MOST_NAMED)
      .map(({ word, points }) => `${word === STAR ? "a value" : word} (${points})`);
    const more = values.length > MOST_NAMED ? ` and ${values.length - MOST_NAMED} more` : "";
    const where = `at word ${position + 1}`;
    return `${where} these ${values.length} stood: ${named.join(", ")}${more}; evidence ${evidence} of ${need}`;
  });
  return `${template.join(" ")}: ${places.join("; ")}`;
}
