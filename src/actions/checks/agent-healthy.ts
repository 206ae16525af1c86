import { z } from "zod";
import { name } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({ target: name.describe("The agent.") });

/** An agent is idle or running with its breaker closed. */
export const agentHealthy: CheckKind<z.infer<typeof params>> = {
  name: "agent_healthy",
  summary: "An agent is idle or running with its breaker closed.",
  params,
  async read({ target }, { engine }) {
    const agent = engine.agent(target);
    if (agent === undefined) return { ok: null, reading: null, detail: `there is no agent ${target}` };
    const { state, breaker } = agent;
    const ok = (state === "idle" || state === "running") && breaker === "closed";
    return { ok, reading: { state, breaker }, detail: `agent ${target} is ${state}, its breaker ${breaker}` };
  },
};
