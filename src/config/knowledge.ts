import { z } from "zod";
import { ms } from "./duration.ts";

export const score = z
  .strictObject({ windowMs: ms.default(3_600_000).describe("How far back the score looks.") })
  .prefault({})
  .describe("The evolution score.");

export const memory = z
  .strictObject({
    backend: z
      .enum(["json", "volatile"])
      .default("json")
      .describe("`json` keeps memory in files of the data directory, `volatile` only as long as the engine runs."),
  })
  .prefault({})
  .describe("What agents and engine remember.");
