import type { AgentRequest } from "../runtime/agent-desk.ts";
import { chanceOf, pick } from "./chance.ts";
import type { SeededEntropy } from "./seeded-entropy.ts";
import { type Temper, temperOf } from "./temper.ts";

/** What an agent of the simulation is to the engine: a service, a program for each task, a program for many. */
export type Body = "service" | "one-shot" | "resident";

export interface SimulatedAgent {
  readonly id: string;
  readonly body: Body;
  readonly temper: Temper;
  readonly skill: string;
  /** Its own, so that agents do not change each other's course. */
  readonly chance: SeededEntropy;
}

/** Agents that share a capability and form one group. */
const TEAM = 20;
/** Where services of the simulation live; the domain is reserved and resolves nowhere. */
export const SERVICES = "simulated.invalid";

/** The same agents for the same seed; the first ones also when there are more. */
export function populationOf(count: number, seed: number): readonly SimulatedAgent[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `agent-${String(index + 1).padStart(4, "0")}`;
    const chance = chanceOf(seed, id);
    const body = pick<Body>(chance, [
      { value: "service", weight: 65 },
      { value: "one-shot", weight: 30 },
      { value: "resident", weight: 5 },
    ]);
    const temper = temperOf(chance, body === "resident");
    return { id, body, temper, skill: `skill-${String(Math.floor(index / TEAM) + 1).padStart(2, "0")}`, chance };
  });
}

/** How an agent of the simulation is registered. */
export function requestOf({ id, body, skill }: SimulatedAgent): AgentRequest {
  const common = { id, capabilities: [skill], group: `team-${skill}` };
  if (body === "service")
    return { ...common, kind: "http", config: { url: `http://${id}.${SERVICES}/tasks` }, concurrency: 2 };
  const command = ["simulated-agent", id];
  const config = body === "resident" ? { command, mode: "resident" } : { command, output: "ndjson" };
  return { ...common, kind: "process", config };
}
