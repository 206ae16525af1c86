import { z } from "zod";
import { commandName, declaredCommand } from "../actions/command.ts";
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
      .describe(
        "Folders of playbooks; `library` stands for those of the package. Where `playbooks` is missing or empty and `library` is not named, those of the package are used alone.",
      ),
    reloadMs: ms.default(2_000).describe("How often their folders are looked at for changes."),
    actions: z
      .array(z.string().min(1))
      .default([])
      .describe("Actions of your own: files by a path that begins with `./`, `../` or `/`, or packages."),
    actionMs: ms
      .default(60_000)
      .describe("An action of your own that takes longer has failed, unless its file says another time."),
    commands: z
      .record(commandName, declaredCommand)
      .default({})
      .describe("Programs that playbooks may run, by the name that `run_command` and the grant `exec:NAME` use."),
    secrets: z
      .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not a name for a variable"))
      .default([])
      .describe("Variables of the engine's environment that commands and requests may be given by reference."),
    proposalScore: z
      .number()
      .min(0)
      .max(1)
      .default(0.27)
      .describe("From which likeness on, 0 to 1, a playbook is proposed for what none answers."),
    limits: limitsSettings.prefault({}).describe("How much remedies may do."),
    risk: riskSettings.prefault({}).describe("What makes a plan risky; above low it waits for a person."),
  })
  .prefault({})
  .describe("What answers failures.");
