import { is } from "../events/envelope.ts";
import { announce } from "../machines/output.ts";
import type { Reflex } from "./kind.ts";

/** A verified fix vouches for its agent: the breaker that the failures had opened is reset. */
export const recoveryReflex: Reflex = {
  name: "recovery",
  listens: ["playbook.settled"],
  state: "none",
  hear(event) {
    if (!is(event, "playbook.settled")) return [];
    const { outcome, agentId, rehearsed, runId, playbookId } = event.data;
    if (outcome !== "fixed" || rehearsed || agentId === undefined) return [];
    const reset = { agentId, by: "reactor", reason: `${playbookId} fixed it, verified (run ${runId})`, runId };
    return [announce("agent.reset", reset, { subject: `agent/${agentId}`, key: `${runId}/reset` })];
  },
};
