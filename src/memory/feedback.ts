import type { StoredItem } from "./item.ts";

/** What a person says of an item. */
export interface Feedback {
  readonly helped: boolean;
  readonly note?: string | undefined;
  /** Who says it. */
  readonly by?: string | undefined;
}

type Kept = NonNullable<StoredItem["feedback"]>;

/** The words of so many are kept; all of them are counted. */
const NOTES_KEPT = 20;

export function feedbackWith(known: Kept | undefined, said: Feedback, atMs: number): Kept {
  const { helped, wrong, notes = [] } = known ?? { helped: 0, wrong: 0 };
  const counts = said.helped ? { helped: helped + 1, wrong } : { helped, wrong: wrong + 1 };
  if (said.note === undefined) return { ...known, ...counts };
  const words = { by: said.by ?? "operator", helped: said.helped, note: said.note, atMs };
  return { ...counts, notes: [...notes, words].slice(-NOTES_KEPT) };
}
