import { z } from "zod";
import { name } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  model: z.string().min(1).max(200).describe("The model that it asks now: calls of another one do not count."),
  thresholdMs: z.number().min(0).describe("What the median of the newest calls must be below."),
  calls: z.number().int().min(1).max(50).default(5).describe("Of so many calls; with fewer nothing can be told."),
});

/** The newest calls of a model by an agent are fast enough. */
export const modelCallBelow: CheckKind<z.infer<typeof params>> = {
  name: "model_call_below",
  summary: "The median of an agent's newest calls of a model is below a threshold; nothing can be told of too few.",
  params,
  async read({ target, model, thresholdMs, calls }, { engine }) {
    const medianMs = engine.modelCallMs(target, model, calls);
    if (medianMs === undefined)
      return { ok: null, reading: null, detail: `${target} has not yet asked ${model} ${calls} times` };
    const ok = medianMs < thresholdMs;
    const detail = `${model} answers ${target} in ${medianMs} ms, ${ok ? "below" : "not below"} ${thresholdMs}`;
    return { ok, reading: { medianMs, calls }, detail };
  },
};
