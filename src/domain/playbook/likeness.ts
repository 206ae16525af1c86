import type { Json } from "../../kernel/json.ts";
import type { Playbook } from "./schema.ts";

/** What a playbook says of itself, for people and for whatever looks for one that fits: its words, not its conditions. */
export interface PlaybookText {
  readonly title: string;
  readonly content: string;
}

/** A text in an example is a sample of what is meant, not a document. */
const SAMPLE = 500;

/** Name, description, what it listens to, what it does, and the texts of the examples that call it. */
export function textOfPlaybook({ id, title, description, trigger, actions, tests }: Playbook): PlaybookText {
  const samples = tests.filter(({ expect }) => expect === "match").flatMap(({ event }) => textsIn(event.data ?? {}));
  const content = [description, id, trigger.eventType, ...actions.map(({ type }) => type), ...new Set(samples)];
  return { title, content: content.filter((part) => part !== "").join("\n") };
}

/** The texts in a value: no names of members, and nothing that is a single letter or number. */
export function textsIn(value: Json): readonly string[] {
  if (typeof value === "string") return value.length > 1 ? [value.slice(0, SAMPLE)] : [];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(textsIn) : [];
}
