import type { StoredItem } from "../item.ts";
import { type Claim, claimOf } from "./claim.ts";
import { judge } from "./judge.ts";

/** Two items of one space that say the same, or the opposite. */
export interface Finding {
  readonly kind: "duplicate" | "contradiction";
  /** Of two that say the same, the one to keep. */
  readonly keep: StoredItem;
  readonly other: StoredItem;
  /** How much of what they speak about is common, 0 to 1. */
  readonly share: number;
  readonly why: string;
}

/** What stands in more items than this tells none of them apart; they are still compared by their other words. */
const MOST_HOLDERS = 200;
const LEAST_COMMON = 2;

/** Compares what could be alike, not everything with everything. Equal memories give equal findings, in a fixed order. */
export function findingsIn(items: readonly StoredItem[]): readonly Finding[] {
  const ordered = [...items].sort(before);
  const claims = ordered.map((item) => claimOf(item.content, item.polarity));
  const holders = new Map<string, number[]>();
  const findings: Finding[] = [];
  claims.forEach((claim, at) => {
    for (const rival of rivals(claim, holders)) {
      const finding = compared(ordered, claims, rival, at);
      if (finding !== undefined) findings.push(finding);
    }
    for (const name of claim.mentions.keys()) holders.set(name, [...(holders.get(name) ?? []), at]);
  });
  return findings;
}

/** Those before that share enough with a claim to be compared with it. */
function rivals(claim: Claim, holders: ReadonlyMap<string, readonly number[]>): readonly number[] {
  const common = new Map<number, number>();
  for (const name of claim.mentions.keys()) {
    const found = holders.get(name) ?? [];
    if (found.length > MOST_HOLDERS) continue;
    for (const at of found) common.set(at, (common.get(at) ?? 0) + 1);
  }
  return [...common].filter(([, count]) => count >= LEAST_COMMON).map(([at]) => at);
}

function compared(
  items: readonly StoredItem[],
  claims: readonly Claim[],
  first: number,
  second: number,
): Finding | undefined {
  const [keep, other, a, b] = [items[first], items[second], claims[first], claims[second]];
  if (keep === undefined || other === undefined || a === undefined || b === undefined) return undefined;
  const said = judge(a, b);
  return said.kind === "other" ? undefined : { kind: said.kind, keep, other, share: said.share, why: said.why };
}

const LEVELS = { hardened: 0, verified: 1, draft: 2, retired: 4 } as const;

/** What is proven goes first, then what is older. */
function before(a: StoredItem, b: StoredItem): number {
  const level = (item: StoredItem) => (item.level === undefined ? 3 : LEVELS[item.level]);
  return level(a) - level(b) || a.createdAtMs - b.createdAtMs || (a.key < b.key ? -1 : 1);
}
