import { z } from "zod";

/** A playbook that matches words in a message and runs one command line. */
const keywordPlaybook = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  description: z.string().optional(),
  trigger: z.object({
    rule: z.string().optional(),
    keywords: z.array(z.string()).default([]),
    severity: z.array(z.string()).default([]),
  }),
  action: z.object({
    type: z.string(),
    command: z.string().optional(),
    risk: z.string().optional(),
    verify_command: z.string().optional(),
    timeout: z.number().optional(),
  }),
  cooldown_min: z.number().min(0).optional(),
  metadata: z.looseObject({ verify_command: z.string().optional() }).optional(),
});
export type KeywordPlaybook = z.infer<typeof keywordPlaybook>;

/** A playbook that names an event, conditions on its fields, and a list of steps. */
const steppedPlaybook = z.object({
  name: z.string().min(1),
  description: z.string().optional(),
  trigger: z.looseObject({
    event_type: z.string().optional(),
    event: z.string().optional(),
    conditions: z.record(z.string(), z.json()).optional(),
  }),
  actions: z.array(z.looseObject({ type: z.string(), message: z.string().optional() })),
  priority: z.string().optional(),
});
export type SteppedPlaybook = z.infer<typeof steppedPlaybook>;

/** A playbook in three words. */
const wordPlaybook = z.object({ name: z.string().min(1), trigger: z.string(), action: z.string() });
export type WordPlaybook = z.infer<typeof wordPlaybook>;

export type EarlierPlaybook =
  | { readonly shape: "keywords"; readonly playbook: KeywordPlaybook }
  | { readonly shape: "steps"; readonly playbook: SteppedPlaybook }
  | { readonly shape: "words"; readonly playbook: WordPlaybook };

/** The playbook in a record of the earlier system, or why it is none. */
export function readEarlierPlaybook(
  record: unknown,
): EarlierPlaybook | { readonly shape: "none"; readonly why: string } {
  const keywords = keywordPlaybook.safeParse(record);
  if (keywords.success) return { shape: "keywords", playbook: keywords.data };
  const steps = steppedPlaybook.safeParse(record);
  if (steps.success) return { shape: "steps", playbook: steps.data };
  const words = wordPlaybook.safeParse(record);
  if (words.success) return { shape: "words", playbook: words.data };
  return {
    shape: "none",
    why: "it has no shape of a playbook that is known: an id or a name, a trigger and an action",
  };
}

/** The records of a document: a list, a document with `playbooks`, or one record. */
export function recordsOf(document: unknown): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (document !== null && typeof document === "object" && "playbooks" in document && Array.isArray(document.playbooks))
    return document.playbooks;
  return [document];
}

const payload = z.record(z.string(), z.json());

/** An event of the earlier system's bus, of its main log, or of its error log. */
export const earlierEvent = z.union([
  z.object({
    id: z.string().optional(),
    type: z.string(),
    source: z.string().optional(),
    timestamp: z.number(),
    payload,
  }),
  z.object({
    event: z.string(),
    ts: z.string(),
    severity: z.string().optional(),
    layer: z.string().optional(),
    payload,
  }),
  z.object({ event_type: z.string(), ts: z.string(), severity: z.string().optional(), data: payload }),
]);
export type EarlierEvent = z.infer<typeof earlierEvent>;
