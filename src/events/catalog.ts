import { z } from "zod";
import type { Entry } from "./entry.ts";
import { agentTypes } from "./types/agent.ts";
import { checkpointTypes } from "./types/checkpoint.ts";
import { engineTypes } from "./types/engine.ts";
import { evolutionTypes } from "./types/evolution.ts";
import { knowledgeTypes } from "./types/knowledge.ts";
import { playbookTypes } from "./types/playbook.ts";
import { supervisionTypes } from "./types/supervision.ts";
import { symptomTypes } from "./types/symptom.ts";
import { taskTypes } from "./types/task.ts";
import { watchTypes } from "./types/watch.ts";

/** Every event type the engine knows. Types, decoding, filters, playbook validation and the reference follow from it. */
export const catalog = {
  ...engineTypes,
  ...taskTypes,
  ...agentTypes,
  ...symptomTypes,
  ...playbookTypes,
  ...knowledgeTypes,
  ...evolutionTypes,
  ...supervisionTypes,
  ...checkpointTypes,
  ...watchTypes,
} satisfies Record<string, Entry>;

export type EventType = keyof typeof catalog;
export type EventData<T extends EventType> = z.infer<(typeof catalog)[T]["data"]>;

/** Segments of letters, digits, `_` or `-`, joined by dots: at least two. */
export const typeName = z
  .string()
  .max(128)
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+$/,
    "two or more segments of letters, digits, `_` or `-`, joined by dots",
  );

/** First segments that belong to the engine: nobody else invents types below them. */
export const reservedFamilies: ReadonlySet<string> = new Set(Object.keys(catalog).map(familyOf));

/** Asked of every event more than once: a set answers faster than an object of so many members. */
const names: ReadonlySet<string> = new Set(Object.keys(catalog));

export function isKnown(type: string): type is EventType {
  return names.has(type);
}

export function familyOf(type: string): string {
  return type.slice(0, Math.max(0, type.indexOf(".")));
}

/** What a user's own event may carry. */
export const userData = z.record(z.string(), z.json());
