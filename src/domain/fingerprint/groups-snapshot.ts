import { z } from "zod";

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
  closed: z.array(z.tuple([z.string(), z.array(z.object({ atom: z.string(), words }))])),
  open: z.array(z.tuple([z.string(), place])),
  known: z.array(z.string()),
  aliases: z.array(z.tuple([z.string(), z.string()])),
});
export type GroupsSnapshot = z.infer<typeof groupsSnapshot>;
