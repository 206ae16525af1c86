import { z } from "zod";
import { familyOf, reservedFamilies, typeName } from "../events/catalog.ts";
import { json } from "../events/vocabulary.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";

const params = z.strictObject({
  event_type: typeName.refine((type) => !reservedFamilies.has(familyOf(type)), "only the engine publishes this family"),
  data: z.record(z.string(), json).default({}),
});

/** Publishes an event of a user's own type. */
export const emitEvent: ActionKind<z.infer<typeof params>> = {
  name: "emit_event",
  summary: "Publish an event of a type of your own.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: [],
  grants: ({ event_type }) => [`event.emit:${event_type}`],
  says: ({ event_type }) => `publish ${event_type}`,
  publishes: ({ event_type, data }) => [{ type: event_type, data }],
  async run({ event_type, data }, context) {
    demand([`event.emit:${event_type}`], context);
    const { sequence } = await context.engine.publish(event_type, data, { key: context.key });
    return { detail: `published ${event_type} as ${sequence}`, evidence: { sequence } };
  },
};
