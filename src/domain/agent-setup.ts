import type { AgentSpec } from "../events/types/agent.ts";
import { type AgentSetup, agentSetup } from "../events/types/evolution.ts";
import { canonical } from "../kernel/hash.ts";
import type { Json } from "../kernel/json.ts";
import { toJson } from "../kernel/json.ts";
import { mergePatch } from "../kernel/merge-patch.ts";

/** What of an agent an improvement may change. */
export function setupOf(spec: AgentSpec, accepting: boolean): AgentSetup {
  return { config: spec.config, concurrency: spec.concurrency, tuning: spec.tuning ?? {}, accepting };
}

/** The setup with a JSON merge patch on it; undefined where that leads to nothing that an agent can have. */
export function patched(setup: AgentSetup, patch: Json): AgentSetup | undefined {
  const parsed = agentSetup.safeParse(mergePatch(toJson(setup), patch));
  return parsed.success ? parsed.data : undefined;
}

/** Byte for byte. */
export function isSameSetup(a: AgentSetup, b: AgentSetup): boolean {
  return canonical(a) === canonical(b);
}
