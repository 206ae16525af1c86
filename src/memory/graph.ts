import type { MemoryBackend } from "./backend.ts";
import type { StoredItem, StoredLink } from "./item.ts";

/** What a walk may step on: the item when the walker may see it, and whether a link is there for it. */
export interface WalkRules {
  readonly item: (id: string) => Promise<StoredItem | undefined>;
  readonly link: (link: StoredLink) => boolean;
}

export interface Step {
  readonly item: StoredItem;
  readonly id: string;
  /** Links between it and the start. */
  readonly depth: number;
  /** The link it was reached by; the start has none. */
  readonly via?: StoredLink;
  readonly from?: Step;
}

/** A walk ends after so many items, however far it was to go. */
const MOST_STEPS = 10_000;

/**
 * The items around a start, nearest first, each once and by a shortest way. Links are walked both ways. What the rules hide
 * is not stepped on, so nothing behind it is reached through it.
 */
export async function* walk(
  backend: MemoryBackend,
  start: { readonly id: string; readonly item: StoredItem },
  depth: number,
  rules: WalkRules,
): AsyncIterable<Step> {
  const seen = new Set([start.id]);
  let frontier: readonly Step[] = [{ ...start, depth: 0 }];
  for (let level = 1; level <= depth && frontier.length > 0; level += 1) {
    const at = new Map(frontier.map((step) => [step.id, step]));
    const next: Step[] = [];
    for (const link of sorted(await backend.neighbours([...at.keys()]))) {
      if (!rules.link(link)) continue;
      for (const [here, there] of [
        [link.from, link.to],
        [link.to, link.from],
      ] as const) {
        const from = at.get(here);
        if (from === undefined || seen.has(there) || seen.size > MOST_STEPS) continue;
        const item = await rules.item(there);
        if (item === undefined) continue;
        seen.add(there);
        const step: Step = { item, id: there, depth: level, via: link, from };
        next.push(step);
        yield step;
      }
    }
    frontier = next;
  }
}

/** Oldest first, so that equal memories are walked alike whatever keeps them. */
function sorted(links: readonly StoredLink[]): readonly StoredLink[] {
  const order = (link: StoredLink) => `${link.from} ${link.relation} ${link.to}`;
  return [...links].sort((a, b) => a.createdAtMs - b.createdAtMs || (order(a) < order(b) ? -1 : 1));
}
