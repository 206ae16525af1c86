import { faultsOf } from "../events/faults.ts";
import { AiosError } from "../kernel/errors.ts";
import { functionKind } from "./function.ts";
import { httpKind } from "./http.ts";
import type { AgentBody, AgentContext, AgentKind, Residence } from "./kind.ts";
import { processKind } from "./process.ts";

/** Every kind of agent there is. A new kind is its file and its line here. */
export const agentKinds: ReadonlyMap<string, AgentKind<unknown>> = new Map<string, AgentKind<unknown>>(
  [processKind, httpKind, functionKind].map((kind) => [kind.name, kind]),
);

/**
 * The kind of that name.
 *
 * @throws {AiosError} `agent.invalid` when there is none
 */
export function agentKindOf(name: string): AgentKind<unknown> {
  const kind = agentKinds.get(name);
  if (kind !== undefined) return kind;
  const message = `there is no kind "${name}"; known are ${[...agentKinds.keys()].join(", ")}`;
  throw new AiosError("agent.invalid", message, { faults: [{ path: "kind", message }] });
}

/**
 * The configuration with its defaults filled in.
 *
 * @throws {AiosError} `agent.invalid`, with one fault for each mistake
 */
export function parseAgentConfig(name: string, config: unknown): unknown {
  const parsed = agentKindOf(name).config.safeParse(config);
  if (parsed.success) return parsed.data;
  const faults = faultsOf(parsed.error, "config");
  const detail = faults.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new AiosError("agent.invalid", `configuration of a "${name}" agent: ${detail}`, { faults });
}

/** Whether agents of that kind may have a process that lives on between tasks. */
export function mayReside(name: string): boolean {
  return agentKinds.get(name)?.residence !== undefined;
}

/** How the agent's processes are to be looked after between tasks; `undefined` where that is not asked for, or not readable. */
export function residenceOf(name: string, config: unknown): Residence | undefined {
  const kind = agentKinds.get(name);
  if (kind?.residence === undefined) return undefined;
  const parsed = kind.config.safeParse(config);
  return parsed.success ? kind.residence(parsed.data) : undefined;
}

/** Checks the configuration and opens an agent of that kind. Starts nothing yet. */
export async function openAgent(name: string, config: unknown, context: AgentContext): Promise<AgentBody> {
  return agentKindOf(name).open(parseAgentConfig(name, config), context);
}
