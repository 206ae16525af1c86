import { z } from "@hono/zod-openapi";
import { anyJson, severity } from "./common.ts";

/** An event as it stands in the journal, without its seal. */
export const eventView = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    subject: z.string().optional(),
    time: z.string(),
    datacontenttype: z.literal("application/json"),
    sequence: z.number().int(),
    severity,
    principal: z.string(),
    causationid: z.string().optional(),
    correlationid: z.string(),
    depth: z.number().int(),
    traceparent: z.string().optional(),
    idempotencykey: z.string().optional(),
    data: anyJson,
  })
  .openapi("Event");
export type EventView = z.infer<typeof eventView>;

/** The short form and the CloudEvent; what else a CloudEvent may carry is read by `admit`. */
export const eventInput = z
  .object({
    type: z.string().openapi({ example: "build.finished" }),
    data: anyJson.optional(),
    severity: severity.optional(),
    subject: z.string().optional(),
    specversion: z.literal("1.0").optional(),
    id: z.string().optional(),
    source: z.string().optional(),
  })
  .openapi("EventInput");

export const receipt = z.object({ id: z.string(), sequence: z.number().int() }).openapi("Receipt");
export const receipts = z.object({ items: z.array(receipt) }).openapi("Receipts");

export const eventQuery = z.object({
  after: z.coerce.number().int().min(0).optional().openapi({ description: "Only events with a higher sequence." }),
  type: z.string().max(256).optional().openapi({ description: "A topic: `*` is one segment, `**` the rest." }),
  severity: severity.optional().openapi({ description: "This severity or a worse one." }),
  subject: z.string().max(512).optional(),
});
export const eventListQuery = eventQuery.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  order: z.enum(["oldest", "newest"]).default("oldest"),
});
