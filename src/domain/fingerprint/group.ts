import { keptIn } from "./collapse.ts";
import type { Opening } from "./slots.ts";

/** Openings that a group remembers, to explain itself. */
const EXPLAINED = 16;

/** What is known of a group. */
export interface GroupView {
  /** Words of its most general template. */
  readonly template: readonly string[];
  /** The oldest atom: the one that its id is made of. */
  readonly oldest: string;
  /** How the message with the oldest atom is shown. */
  readonly shown: string;
  /** What made one group of several atoms, oldest first. */
  readonly openings: readonly Opening[];
}

/** Atoms that are one failure: a set among others that are disjoint (Tarjan, JACM 22, 1975), under the oldest of them. */
export interface Group extends GroupView {
  readonly id: string;
  readonly order: number;
  parent: Group | undefined;
  /** Whether anybody was given this id. */
  isTold: boolean;
  template: readonly string[];
  // Replaced and never changed in place: they may be shared with whoever writes them down later.
  openings: readonly Opening[];
}

export function newGroup(id: string, order: number, { oldest, shown }: Pick<GroupView, "oldest" | "shown">): Group {
  return { id, order, parent: undefined, isTold: false, template: oldest.split(" "), oldest, shown, openings: [] };
}

/** The group that this one has become part of, or itself. */
export function rootOf(group: Group): Group {
  let root = group;
  while (root.parent !== undefined) root = root.parent;
  for (let at = group; at.parent !== undefined && at.parent !== root; ) {
    const next = at.parent;
    at.parent = root;
    at = next;
  }
  return root;
}

/** The older group takes the other in; `younger` is undefined where both were one already. */
export function united(
  one: Group,
  other: Group,
  template: readonly string[],
): { readonly older: Group; readonly younger: Group | undefined } {
  const [a, b] = [rootOf(one), rootOf(other)];
  const [older, younger] = a.order <= b.order ? [a, b] : [b, a];
  if (older !== younger) {
    younger.parent = older;
    older.openings = explaining([...older.openings, ...younger.openings]);
  }
  for (const each of [younger.template, template]) if (keptIn(each) < keptIn(older.template)) older.template = each;
  return { older, younger: older === younger ? undefined : younger };
}

/** The openings that are remembered of so many. */
export function explaining(openings: readonly Opening[]): readonly Opening[] {
  return openings.slice(-EXPLAINED);
}
