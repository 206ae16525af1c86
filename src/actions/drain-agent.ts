import { z } from "zod";
import { pause } from "../kernel/clock.ts";
import { AiosError } from "../kernel/errors.ts";
import { findAgent } from "./agent-found.ts";
import { checkSignal } from "./granted.ts";
import { closeIntake, keepIntake, reopenIntake } from "./intake.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

/** Between two looks at what still runs. */
const LOOK_MS = 250;

const params = z.strictObject({
  target: name.describe("The agent."),
  timeoutMs: z.number().int().min(1).max(3_600_000).default(300_000).describe("What runs may take this long."),
});

/** Hands an agent no new task and waits until what it works on has ended; undo lets it take tasks again. */
export const drainAgent: ActionKind<z.infer<typeof params>> = {
  name: "drain_agent",
  summary: "Hand an agent no new task and wait until what runs has ended. Undo lets it take tasks again.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.control:*"],
  grants: ({ target }) => [`agent.control:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, timeoutMs }) => `hand agent ${target} no new task and wait up to ${timeoutMs} ms for what runs`,
  prepare: ({ target }, context) => keepIntake(target, context),
  async run({ target, timeoutMs }, context) {
    await closeIntake(target, { reason: `drained by run ${context.runId}` }, context);
    const { clock, signal } = context;
    const untilMs = clock.now() + timeoutMs;
    for (;;) {
      const { running } = findAgent(target, context);
      if (running.length === 0) return { detail: `${target} has nothing under way and takes no new task` };
      if (clock.now() >= untilMs)
        throw new AiosError("action.failed", `${target} still works on ${running.join(", ")} after ${timeoutMs} ms`);
      await pause(clock, LOOK_MS, signal);
      checkSignal(context);
    }
  },
  undo: ({ target }, before, context) => reopenIntake(target, before, context),
};
