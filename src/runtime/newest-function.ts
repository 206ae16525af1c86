import type { AgentFunction } from "../agents/function.ts";
import { AiosError } from "../kernel/errors.ts";

/** The function that the program around the engine registered last. */
export function newest(functions: ReadonlyMap<string, AgentFunction>, agentId: string): AgentFunction {
  return (input, call) => {
    const run = functions.get(agentId);
    if (run === undefined)
      throw new AiosError("agent.invalid", `this program has not registered the function of agent "${agentId}"`);
    return run(input, call);
  };
}
