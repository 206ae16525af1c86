import { z } from "zod";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { AiosError } from "../../kernel/errors.ts";
import { anything, groupsOf, number, objectOf, optional } from "../../kernel/shape.ts";

const words = z.array(z.string()).readonly();
const place = z.number().int().nonnegative();
const opening = z.object({
  template: words,
  need: z.number(),
  columns: z
    .array(
      z.object({
        position: place,
        values: z.array(z.object({ word: z.string(), points: z.number() })).readonly(),
        evidence: z.number(),
      }),
    )
    .readonly(),
});
const group = z.object({
  id: z.string(),
  order: place,
  isTold: z.boolean(),
  template: words,
  oldest: z.string(),
  shown: z.string(),
  openings: z.array(opening).readonly(),
});

/** All that groups know, as it can be written down: what is fed to groups made of it is told as it would have been. */
export const groupsSnapshot = z.object({
  /** Groups that ever began. */
  began: place,
  groups: z.array(group),
  /** Atoms, oldest first, each with the place of its group in `groups`. */
  atoms: z.array(z.tuple([z.string(), place])),
  /** How often they were seen again; an engine that did not count it wrote none. */
  again: z.array(z.tuple([z.string(), place])).default([]),
  closed: z.array(z.tuple([z.string(), z.array(z.object({ atom: z.string(), words }))])),
  open: z.array(z.tuple([z.string(), place])),
  known: z.array(z.string()),
  aliases: z.array(z.tuple([z.string(), z.string()])),
});
export type GroupsSnapshot = z.infer<typeof groupsSnapshot>;

/** The same in groups of which each is written down later; nothing in it may change meanwhile. */
export function writtenGroups({ began, groups, atoms, again, closed, open, known, aliases }: GroupsSnapshot): Snapshot {
  return {
    began,
    groups: inGroups(groups),
    atoms: inGroups(atoms),
    again: inGroups(again),
    closed: inGroups(closed),
    open: inGroups(open),
    known: inGroups(known),
    aliases: inGroups(aliases),
  };
}

const lists = objectOf({
  began: number,
  groups: groupsOf(anything),
  atoms: groupsOf(anything),
  again: optional(groupsOf(anything)),
  closed: groupsOf(anything),
  open: groupsOf(anything),
  known: groupsOf(anything),
  aliases: groupsOf(anything),
});

/** Takes what `writtenGroups` gave, after a round trip through JSON text. */
export function readGroups(value: unknown, at: string): GroupsSnapshot {
  const read = groupsSnapshot.safeParse(lists(value, at));
  if (read.success) return read.data;
  throw new AiosError("checkpoint.unfit", `${at}: ${z.prettifyError(read.error)}`);
}
