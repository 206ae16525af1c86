import { z } from "zod";
import { AiosError } from "../kernel/errors.ts";
import { demand } from "./granted.ts";
import { closeIntake, keepIntake, reopenIntake } from "./intake.ts";
import type { ActionKind } from "./kind.ts";
import { graceMs, name } from "./params.ts";

const params = z.strictObject({ target: name.describe("The agent."), graceMs });

/** Takes an agent out of service: no new task, and what runs of it is ended. Undo lets it take tasks again. */
export const quarantine: ActionKind<z.infer<typeof params>> = {
  name: "quarantine",
  summary: "Take an agent out of service: no new task, and what runs of it is ended. Undo lets it take tasks again.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.control:*", "process.signal:own"],
  grants: ({ target }) => [`agent.control:${target}`, "process.signal:own"],
  agents: ({ target }) => [target],
  says: ({ target }) => `take agent ${target} out of service and end what runs of it`,
  prepare: ({ target }, context) => keepIntake(target, context),
  async run({ target, graceMs: grace }, context) {
    demand(["process.signal:own"], context);
    await closeIntake(target, { reason: `quarantined by run ${context.runId}` }, context);
    const { ended, remaining } = await context.engine.stopAgent(target, { graceMs: grace, key: context.key });
    if (remaining.length > 0) throw new AiosError("action.failed", `still running: ${remaining.join(", ")}`);
    const detail = `${target} is out of service; ended ${ended.length === 0 ? "nothing" : ended.join(", ")}`;
    return { detail, evidence: { ended: [...ended] } };
  },
  undo: ({ target }, before, context) => reopenIntake(target, before, context),
};
