import { z } from "zod";
import { json } from "../events/vocabulary.ts";

/** The most that an agent's settings may have, as JSON text: they travel with every task and in its environment. */
const MAX_SETTINGS_CHARACTERS = 32_768;

/** What a configuration says of the model that its agent asks; the kinds that hand it on share these members. */
export const modelSetup = {
  /** The model that the agent is to ask: `model` in the task's message, for a process `AIOS_MODEL` too. */
  model: z.string().min(1).max(200).optional(),
  /** The model that a remedy may switch to where the provider of `model` fails. */
  fallbackModel: z.string().min(1).max(200).optional(),
  /** Handed to the agent with every task: limits, addresses, whatever it reads. */
  settings: z
    .record(z.string().min(1).max(100), json)
    .refine((given) => JSON.stringify(given).length <= MAX_SETTINGS_CHARACTERS, "must be shorter: 32 KiB of JSON")
    .optional(),
};
