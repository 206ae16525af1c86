import type { AgentFact, AgentFacts } from "../../src/domain/free-agent.ts";

/** What is known of these agents, in their order. */
export function factsOf(agents: readonly AgentFact[]): AgentFacts {
  return {
    get: (id) => agents.find((agent) => agent.id === id),
    all: () => agents,
    capableOf: (capability) =>
      agents
        .filter(({ capabilities }) =>
          capability === undefined ? capabilities.length === 0 : capabilities.includes(capability),
        )
        .map(({ id }) => id),
  };
}
