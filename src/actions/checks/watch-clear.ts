import { z } from "zod";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({
  watch: z.string().min(1).max(5000).describe("What the watch told of: `event.data.watch` of its event."),
  clear: z.boolean().default(true).describe("False: it must still be bad."),
});

/** The watch that told of something looks again. */
export const watchClear: CheckKind<z.infer<typeof params>> = {
  name: "watch_clear",
  summary: "The watch that told of something looks again, and finds it well; with `clear: false`, finds it still bad.",
  params,
  async read({ watch, clear }, { engine }) {
    const look = await engine.look(watch);
    if (look === undefined) return { ok: null, reading: null, detail: `"${watch}" cannot be looked at` };
    const { stands, says } = look;
    // What is between is neither well nor bad.
    return { ok: stands === (clear ? "well" : "bad"), reading: { stands }, detail: says };
  },
};
