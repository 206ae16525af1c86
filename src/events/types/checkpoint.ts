import { z } from "zod";
import { fact } from "../entry.ts";

export const checkpointTypes = {
  "actor.quarantined": fact(
    "An actor stood in a checkpoint where its machine of this version cannot go on: it does not run, and its state is kept.",
    z.object({
      actor: z.string().describe("Kind and name, for example `agent/coder`."),
      machine: z.string().describe("Id and version of the machine it stood on."),
      reason: z.string(),
      difference: z.array(z.string()).describe("States and members of its context that are gone or new, in words."),
    }),
    "error",
  ),
};
