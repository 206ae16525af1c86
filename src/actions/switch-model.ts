import { z } from "zod";
import { configureAgent } from "./configure-agent.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  model: z.string().min(1).max(200).describe("The model it asks from its next task on."),
});
type Switch = z.infer<typeof params>;

const asPatch = ({ target, model }: Switch) => ({ target, patch: { model } });

/** Lets an agent ask another model: `model` of its configuration. Undo restores the configuration before. */
export const switchModel: ActionKind<Switch> = {
  name: "switch_model",
  summary: "Let an agent ask another model from its next task on. Undo restores the one before.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: configureAgent.ownScope,
  grants: (given) => configureAgent.grants(asPatch(given)),
  agents: ({ target }) => [target],
  says: ({ target, model }) => `let agent ${target} ask the model ${model}`,
  prepare: async (given, context) => (await configureAgent.prepare?.(asPatch(given), context)) ?? null,
  run: (given, context) => configureAgent.run(asPatch(given), context),
  undo: async (given, before, context) =>
    (await configureAgent.undo?.(asPatch(given), before, context)) ?? { same: null, detail: "there is no undo" },
};
