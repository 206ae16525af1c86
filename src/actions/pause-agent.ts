import { z } from "zod";
import { closeIntake, keepIntake, reopenIntake } from "./intake.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  forMs: z.number().int().min(1).max(86_400_000).optional().describe("It takes tasks again by itself after this."),
});

/** Hands an agent no new task for a while; undo lets it take tasks again. */
export const pauseAgent: ActionKind<z.infer<typeof params>> = {
  name: "pause_agent",
  summary: "Hand an agent no new task, for a time or until it is resumed. Undo lets it take tasks again.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.control:*"],
  grants: ({ target }) => [`agent.control:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, forMs }) =>
    `hand agent ${target} no new task ${forMs === undefined ? "until it is resumed" : `for ${forMs} ms`}`,
  prepare: ({ target }, context) => keepIntake(target, context),
  async run({ target, forMs }, context) {
    const until = forMs === undefined ? {} : { untilMs: context.clock.now() + forMs };
    await closeIntake(target, { reason: `paused by run ${context.runId}`, ...until }, context);
    return { detail: `${target} takes no new task`, evidence: { untilMs: until.untilMs ?? null } };
  },
  undo: ({ target }, before, context) => reopenIntake(target, before, context),
};
