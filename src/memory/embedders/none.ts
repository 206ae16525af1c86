import { z } from "zod";
import type { EmbedderKind } from "./kind.ts";

/** Questions are answered by their words. */
export const none = {
  name: "none",
  says: "Questions are answered by their words.",
  options: z.strictObject({}),
} satisfies EmbedderKind;
