import { z } from "@hono/zod-openapi";
import { atMs } from "./common.ts";

const chance = z.number().min(0).max(1);

export const predictionView = z
  .object({
    agent: z.string(),
    failing: chance.openapi({ description: "How likely its next task is to fail." }),
    base: chance.openapi({ description: "How often its tasks failed so far, which is what the forecast has to beat." }),
    why: z.array(z.string()),
  })
  .openapi("Prediction");

export const predictionsView = z
  .object({
    state: z.enum(["proven", "not_proven"]),
    why: z.string(),
    judged: z.number().int().openapi({ description: "Forecasts whose outcome is known." }),
    brier: z
      .object({ forecast: z.number(), base: z.number(), over: z.number().int() })
      .nullable()
      .openapi({ description: "Mean squared errors over the latest forecasts; null before the first." }),
    items: z
      .array(predictionView)
      .openapi({ description: "The likeliest to fail first; empty while forecasts are not proven." }),
    atMs,
  })
  .openapi("Predictions");
export type PredictionsView = z.infer<typeof predictionsView>;
