import { AiosError } from "../kernel/errors.ts";
import type { StoredItem, StoredLink } from "./item.ts";

/** On whose behalf memory is used. The operator sees all; an agent its own space, its teams' and what was shared with it. */
export type Reader =
  | { readonly kind: "operator" }
  | { readonly kind: "agent"; readonly id: string; readonly teams?: readonly string[] };

/** The space that everybody reads; lessons live there. */
export const SHARED = "shared";

/** Where a reader's items go unless a space is named. */
export function homeOf(reader: Reader): string {
  return reader.kind === "operator" ? SHARED : `agent:${reader.id}`;
}

/** Spaces an agent reads whole, its own first; the operator's list is not needed. */
export function spacesOf(reader: Reader): readonly string[] {
  if (reader.kind === "operator") return [SHARED];
  return [homeOf(reader), ...(reader.teams ?? []).map((team) => `team:${team}`), SHARED];
}

/**
 * Invariant: every answer of the palace, whether item, link, score or path, was asked for here.
 * What a reader may not see does not exist for it.
 */
export function canRead(reader: Reader, item: Pick<StoredItem, "space" | "sharedWith">): boolean {
  if (reader.kind === "operator") return true;
  const spaces = spacesOf(reader);
  return spaces.includes(item.space) || item.sharedWith.some((space) => spaces.includes(space));
}

/** A link shows only together with both of its ends, so that nobody learns of an item by what points to it. */
export function canSeeLink(reader: Reader, link: Pick<StoredLink, "space">): boolean {
  return reader.kind === "operator" || spacesOf(reader).includes(link.space);
}

/** Agents write to their own space and their teams'; the shared space belongs to the engine and its operator. */
export function canWrite(reader: Reader, space: string): boolean {
  return reader.kind === "operator" || (space !== SHARED && spacesOf(reader).includes(space));
}

/** The space to write to. Rejects with `auth.refused` when it is not the reader's. */
export function writableSpace(reader: Reader, space: string | undefined): string {
  const chosen = space ?? homeOf(reader);
  if (!canWrite(reader, chosen)) throw new AiosError("auth.refused", `the space ${chosen} belongs to somebody else`);
  return chosen;
}

/** Levels and outcomes come from what was verified: no agent writes them about itself. Throws `auth.refused`. */
export function refuseSelfPraise(reader: Reader, said: Readonly<Record<string, unknown>>): void {
  if (reader.kind === "operator" || (said["level"] === undefined && said["outcomes"] === undefined)) return;
  throw new AiosError("auth.refused", "levels and outcomes come from verified fixes, not from an agent");
}
