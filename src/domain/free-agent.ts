import type { AgentState, BreakerState } from "../events/vocabulary.ts";
import { lookUp, type Sharded } from "./sharded.ts";
import type { Waiting } from "./waiting.ts";

export interface AgentFact {
  readonly id: string;
  readonly state: AgentState;
  readonly breaker: BreakerState;
  readonly accepting: boolean;
  readonly capabilities: readonly string[];
  readonly concurrency: number;
  /** Whether its next task is likelier to fail than not, where forecasts are proven. Others are preferred then, as free as it. */
  readonly likelyToFail?: boolean;
}

/** What is known of the agents at this point of the journal. */
export interface AgentFacts {
  get(id: string): AgentFact | undefined;
  all(): Iterable<AgentFact>;
  /** Ids of those that name the capability; for none, of those that name no capability. In the order of registration. */
  capableOf(capability: string | undefined): readonly string[];
}

/** The agents, and what each of them has to do. */
export interface Staff {
  readonly agents: AgentFacts;
  /** Tasks that each agent has now; none for those not named. */
  readonly load: ReadonlyMap<string, number>;
  /** When each agent was last given a task, in any unit that grows. */
  readonly lastGiven: Sharded<number>;
}

export interface PassedOver {
  readonly id: string;
  readonly reason: string;
}

/** How many alternatives a decision names. */
export const NAMED = 8;

/** The free agent with the least to do, of equals one that is not likely to fail, of these the one longest without work. */
export function freeAgent({ task: { agentId, capability }, probe }: Waiting, staff: Staff): AgentFact | undefined {
  const { agents, load, lastGiven } = staff;
  if (agentId !== undefined) {
    const one = agents.get(agentId);
    return one !== undefined && obstacleOf(one, load, probe) === undefined ? one : undefined;
  }
  let best: AgentFact | undefined;
  let least = 0;
  let longest = 0;
  for (const id of agents.capableOf(capability)) {
    const tasks = load.get(id) ?? 0;
    if (best !== undefined && tasks > least) continue;
    const agent = agents.get(id);
    if (agent === undefined || obstacleOf(agent, load, probe) !== undefined) continue;
    const since = lookUp(lastGiven, id) ?? -1;
    if (best !== undefined && tasks === least && !goesBefore(agent, since, best, longest)) continue;
    best = agent;
    least = tasks;
    longest = since;
  }
  return best;
}

/** Of two with equally much to do, each with when it was last given a task. */
function goesBefore(a: AgentFact, sinceA: number, b: AgentFact, sinceB: number): boolean {
  if (a.likelyToFail !== b.likelyToFail) return b.likelyToFail === true;
  return sinceA < sinceB;
}

/** The agents that do not get it, at most eight, and why; those that it might have had before those that it might not. */
export function passedOver(
  { task: { agentId, capability }, probe }: Waiting,
  { agents, load }: Staff,
  chosenId: string | undefined,
): readonly PassedOver[] {
  if (agentId !== undefined) {
    if (agentId === chosenId) return [];
    const one = agents.get(agentId);
    const reason = one === undefined ? "is not registered" : (obstacleOf(one, load, probe) ?? "");
    return [{ id: agentId, reason }];
  }
  const named: PassedOver[] = [];
  for (const id of agents.capableOf(capability)) {
    const agent = id === chosenId ? undefined : agents.get(id);
    if (agent === undefined) continue;
    named.push({ id, reason: obstacleOf(agent, load, probe) ?? freeAsWell(agent) });
    if (named.length === NAMED) return named;
  }
  return capability === undefined ? [...named, ...specialists(agents, NAMED - named.length)] : named;
}

/** Whether any agent is there that might be passed over. */
export function isAnyone({ task: { agentId, capability } }: Waiting, { agents }: Pick<Staff, "agents">): boolean {
  if (agentId !== undefined) return true;
  if (agents.capableOf(capability).some((id) => agents.get(id) !== undefined)) return true;
  return capability === undefined && specialists(agents, 1).length > 0;
}

function freeAsWell({ likelyToFail }: AgentFact): string {
  return likelyToFail === true ? "is free as well, and likelier to fail than not" : "is free as well";
}

/** Agents that a task without a wish passes over, at most so many. */
function specialists(agents: AgentFacts, most: number): readonly PassedOver[] {
  const named: PassedOver[] = [];
  for (const { id, capabilities } of agents.all()) {
    if (capabilities.length > 0) named.push({ id, reason: "takes only what asks for it" });
    if (named.length === most) break;
  }
  return named;
}

function obstacleOf(agent: AgentFact, load: ReadonlyMap<string, number>, probe: boolean): string | undefined {
  const running = load.get(agent.id) ?? 0;
  if (!agent.accepting) return "is drained or stopped";
  if (agent.state !== "idle" && agent.state !== "running") return `is ${agent.state}`;
  if (agent.breaker === "half_open") return running > 0 ? "has its probe under way" : undefined;
  if (agent.breaker === "open" && !probe) return "has its breaker open";
  return running >= agent.concurrency ? `runs ${running} of ${agent.concurrency}` : undefined;
}
