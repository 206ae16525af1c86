import { z } from "zod";
import { limitsSettings } from "../domain/playbook/limits/settings.ts";
import { riskSettings } from "../domain/playbook/risk.ts";
import { reactorMode } from "../events/vocabulary.ts";
import { ms } from "./duration.ts";

export const reactor = z
  .strictObject({
    mode: reactorMode
      .default("live")
      .describe("`observe` says what would match, `rehearse` goes through everything but the effects, `live` acts."),
    approvalMs: ms.default(86_400_000).describe("A plan that nobody approves in this time is not carried out."),
    playbooks: z
      .array(z.string())
      .default(["playbooks"])
      .describe("Folders of playbooks. Where `playbooks` is missing or empty, those of the package are used."),
    limits: limitsSettings.prefault({}).describe("How much remedies may do."),
    risk: riskSettings.prefault({}).describe("What makes a plan risky; above low it waits for a person."),
  })
  .prefault({})
  .describe("What answers failures.");
