import type { AgentFacts } from "../domain/playbook/facts.ts";
import { AiosError } from "../kernel/errors.ts";
import type { ActionContext } from "./kind.ts";

/** The agent as it is now. Throws `agent.unknown` where there is none. */
export function findAgent(agentId: string, context: ActionContext): AgentFacts {
  const agent = context.engine.agent(agentId);
  if (agent === undefined) throw new AiosError("agent.unknown", `there is no agent "${agentId}"`);
  return agent;
}
