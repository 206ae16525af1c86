import type { StoredItem } from "./item.ts";
import type { ItemFilter } from "./requests.ts";

const DAY_MS = 86_400_000;

/** When an item goes to the archive by itself, in days. */
export interface Forgetting {
  /** A working item that nobody changed, shared or found helpful for so long. */
  readonly workingDays: number;
  /** A lesson that its outcomes disproved, since it last changed. */
  readonly retiredDays: number;
  /** What held until so long ago. */
  readonly endedDays: number;
  /** What is not proven and was not changed for so long. */
  readonly idleDays: number;
}

export const forgetting: Forgetting = { workingDays: 7, retiredDays: 30, endedDays: 30, idleDays: 365 };

/**
 * Three tiers. `working` is what somebody notes for the work at hand: it fades within days. `long_term` is what is worth
 * keeping, and is meant where none is named. `archive` is found only by those who ask for it, or about the past; nothing is
 * ever deleted by itself.
 *
 * Why an item is due for the archive, in words; `undefined` while it is not.
 */
export function dueForArchive(item: StoredItem, nowMs: number, policy: Forgetting = forgetting): string | undefined {
  const { tier = "long_term", level, validToMs, updatedAtMs, sharedWith, feedback } = item;
  if (tier === "archive" || item.merged !== undefined) return undefined;
  const isOlder = (sinceMs: number, days: number) => nowMs - sinceMs >= days * DAY_MS;
  if (validToMs !== undefined && isOlder(validToMs, policy.endedDays))
    return `it held until ${String(policy.endedDays)} days ago or longer`;
  if (level === "retired" && isOlder(updatedAtMs, policy.retiredDays))
    return `it was disproved ${String(policy.retiredDays)} days ago or longer`;
  const isValued = sharedWith.length > 0 || (feedback !== undefined && feedback.helped > feedback.wrong);
  if (isValued || level === "verified" || level === "hardened") return undefined;
  if (tier === "working" && isOlder(updatedAtMs, policy.workingDays))
    return `nobody needed it for ${String(policy.workingDays)} days`;
  if (isOlder(updatedAtMs, policy.idleDays)) return `it is not proven, and ${String(policy.idleDays)} days old`;
  return undefined;
}

/** How many days make an item count half as new. */
export function halfLifeDays({ tier }: Pick<StoredItem, "tier">): number {
  return tier === "working" ? 3 : 90;
}

/**
 * Whether an item may answer: what was merged never does, nor does a node of the graph that says nothing itself, and the
 * archive only for who asks for it or about the past.
 */
export function isAwake(item: StoredItem, wanted: { readonly asksArchive: boolean }): boolean {
  if (item.data?.["node"] === true) return false;
  return item.merged === undefined && (item.tier !== "archive" || wanted.asksArchive);
}

export function asksArchive({ tier }: ItemFilter): boolean {
  return tier === "archive" || (Array.isArray(tier) && tier.includes("archive"));
}

/** Where an item goes that is stored anew: it stays where it is, but new words leave the archive. */
export function tierOf(
  said: Readonly<Record<string, unknown>>,
  known: StoredItem | undefined,
): Pick<StoredItem, "tier"> {
  if (said["tier"] !== undefined || known?.tier === undefined) return {};
  return known.tier === "archive" && said["content"] !== known.content ? {} : { tier: known.tier };
}
