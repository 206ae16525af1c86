import { z } from "@hono/zod-openapi";

const place = z.object({
  word: z.number().int().openapi({ description: "Which word of the template, from 1." }),
  evidence: z.number().openapi({ description: "How much what stood there says that the place varies." }),
  values: z
    .array(z.object({ text: z.string(), points: z.number() }))
    .openapi({ description: "What stood there, `*` for a masked value; 64 at most, long ones cut." }),
});

const variation = z.object({
  template: z.string().openapi({ description: "The words that are equal, `*` for what is not." }),
  need: z
    .number()
    .nullable()
    .openapi({ description: "Evidence that makes the place vary; null where none ever does." }),
  places: z.array(place),
  fingerprints: z.array(z.string()).openapi({ description: "The failures that it is kept apart from." }),
});

export const failureExplanation = z
  .object({
    fingerprint: z.string(),
    seen: z.boolean().openapi({ description: "Whether a message with these very words was seen." }),
    template: z.string(),
    rules: z.number().int().openapi({ description: "Version of the rules that recognise failures." }),
    tasks: z.number().int(),
    attempts: z.number().int(),
    aliases: z.array(z.string()).openapi({ description: "Fingerprints that it had before, oldest first." }),
    lesson: z.string().optional(),
    remedy: z.string().optional(),
    joined: z.array(variation).openapi({ description: "Why messages of different words are this one failure." }),
    apart: z.array(variation).openapi({ description: "Why it is another failure than those that are near." }),
    frames: z.array(z.string()).openapi({ description: "Own frames of its traces, `file#function`." }),
    why: z.array(z.string()).openapi({ description: "The same in sentences." }),
    message: z
      .object({
        template: z.string(),
        words: z.array(z.string()).openapi({ description: "What is compared." }),
        values: z
          .array(z.object({ as: z.string(), text: z.string() }))
          .openapi({ description: "What was taken for a value, in order. Of messages of agents none is kept." }),
      })
      .optional()
      .openapi({ description: "The message that was asked about." }),
  })
  .openapi("FailureExplanation");
export type FailureExplanation = z.infer<typeof failureExplanation>;

export const failureText = z
  .strictObject({
    text: z
      .string()
      .max(200_000)
      .openapi({ description: "A message as an agent would report it; the first 20,000 characters count." }),
  })
  .openapi("FailureText");
