import type { EventData } from "../../events/catalog.ts";
import type { ChainStep } from "../../events/types/playbook.ts";
import type { Fault } from "../../kernel/errors.ts";
import type { Target } from "../../kernel/target.ts";
import { nearest } from "./nearest.ts";
import type { Playbook } from "./schema.ts";

type Settled = EventData<"playbook.settled">;

/** How a run is bound to the one before it in its chain. */
export interface Link {
  /** The event by which the run before ended: whatever follows from it follows once. */
  readonly settledId: string;
  readonly target: Target;
  readonly after: readonly ChainStep[];
}

/** Where playbooks are found by their ids. */
export type Finder = (id: string) => { readonly playbook: Pick<Playbook, "id" | "next"> } | undefined;

/**
 * The playbook that goes on after a run: only where it was carried out, did not verifiably help and left nothing behind.
 * After anything else the next word is a person's.
 */
export function followerOf({ next, outcome, rollback, rehearsed }: Settled): string | undefined {
  const helpless = outcome === "not_fixed" || outcome === "unverified";
  return helpless && rollback !== "residue" && !rehearsed ? next : undefined;
}

/** The runs of a chain up to this one. */
export function chainUpTo({ after = [], runId, playbookId, outcome, rollback, reason }: Settled): ChainStep[] {
  return [...after, { runId, playbookId, outcome, rollback, reason }];
}

/** The playbook that a chain began with. */
export function headOf({
  after,
  playbookId,
}: {
  readonly after?: readonly ChainStep[] | undefined;
  readonly playbookId: string;
}): string {
  return after?.[0]?.playbookId ?? playbookId;
}

/** Which playbooks may follow a playbook, in their order. */
export function followersOf(id: string, find: Finder): readonly string[] {
  const seen = [id];
  for (let next = find(id)?.playbook.next; next !== undefined; next = find(next)?.playbook.next) {
    if (seen.includes(next)) break;
    seen.push(next);
  }
  return seen.slice(1);
}

/** The one of these playbooks that has to be tried before another one: a chain leads from it there. */
export function predecessorOf(id: string, among: Iterable<string>, find: Finder): string | undefined {
  for (const one of among) if (one !== id && followersOf(one, find).includes(id)) return one;
  return undefined;
}

/** As `predecessorOf`, among the playbooks that an event calls for. */
export function predecessorAmong(
  called: readonly { readonly rule: { readonly playbook: { readonly id: string } } }[],
  id: string,
  find: Finder,
): string | undefined {
  return predecessorOf(
    id,
    called.map(({ rule }) => rule.playbook.id),
    find,
  );
}

export function sayWaits(first: string): string {
  return `chain: it goes on where ${first} does not verifiably help`;
}

/** Those of these playbooks before which no other one of them has to be tried. */
export function firstOfChains<R extends { readonly playbook: { readonly id: string } }>(
  rules: readonly R[],
  find: Finder,
): readonly R[] {
  const ids = rules.map(({ playbook }) => playbook.id);
  return rules.filter(({ playbook }) => predecessorOf(playbook.id, ids, find) === undefined);
}

/** One run of a chain, for a person. */
export function sayStep({ runId, playbookId, outcome, rollback, reason }: ChainStep): string {
  const undone = rollback === "none" ? "" : `, ${rollback}`;
  return `${playbookId} (${runId}): ${outcome}${undone}, ${reason}`;
}

/** `; if that does not help: b, then c, then a person`, or nothing where nothing follows. */
export function saySequel(followers: readonly string[]): string {
  return followers.length === 0 ? "" : `; if that does not help: ${[...followers, "a person"].join(", then ")}`;
}

/** What is wrong with the `next` of playbooks that are fine by themselves, by their ids. */
export function judgeChains(
  playbooks: ReadonlyMap<string, Pick<Playbook, "id" | "next">>,
  refused: ReadonlySet<string>,
): ReadonlyMap<string, Fault> {
  const faults = new Map<string, Fault>();
  const lost = new Set(refused);
  // Whoever names a refused one is refused as well, until nobody more is.
  for (let before = -1; before !== faults.size; ) {
    before = faults.size;
    for (const { id, next } of playbooks.values()) {
      if (next === undefined || faults.has(id)) continue;
      const message = faultOf(id, next, playbooks, lost);
      if (message === undefined) continue;
      faults.set(id, { path: "next", message });
      lost.add(id);
    }
  }
  return faults;
}

function faultOf(
  id: string,
  next: string,
  playbooks: ReadonlyMap<string, Pick<Playbook, "id" | "next">>,
  lost: ReadonlySet<string>,
): string | undefined {
  if (next === id) return "names itself: name a firmer playbook, or leave it out, and a person is told at once";
  const ring = ringOf(id, playbooks);
  if (ring !== undefined)
    return `leads back to itself (${ring.join(" → ")}): leave out one "next", and a person is told there`;
  if (lost.has(next)) return `"${next}" is refused itself: mend that first, or leave this out`;
  if (playbooks.has(next)) return undefined;
  const close = nearest(next, playbooks.keys());
  const advice = close === undefined || close === id ? "add it, or leave this out" : `did you mean "${close}"?`;
  return `there is no playbook "${next}"; ${advice}`;
}

function ringOf(id: string, playbooks: ReadonlyMap<string, Pick<Playbook, "next">>): readonly string[] | undefined {
  const way = [id];
  for (let next = playbooks.get(id)?.next; next !== undefined; next = playbooks.get(next)?.next) {
    if (next === id) return [...way, id];
    if (way.includes(next)) return undefined;
    way.push(next);
  }
  return undefined;
}
