import { catalogue } from "../../../../src/actions/index.ts";
import { clockFacts, type Facts } from "../../../../src/domain/playbook/facts.ts";
import type { PlanContext } from "../../../../src/domain/playbook/plan.ts";
import { riskSettings } from "../../../../src/domain/playbook/risk.ts";
import { compileRules, type PlaybookFile, type Rule, type RuleSet } from "../../../../src/domain/playbook/rules.ts";
import { nodeHash } from "../../../../src/platform/hash.ts";

/** The seed's own playbook. */
export const seedPlaybook = {
  id: "cpu_high_kill_idle",
  trigger: { event_type: "resource.high", conditions: { resource: "cpu", threshold: 80 } },
  actions: [{ type: "kill_process", target: "idle_agents" }],
  validation: { check: "cpu_below_threshold", threshold: 70 },
};

/** A small playbook in the full form; `changes` replace its members. */
export function playbook(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    id: "restart_it",
    trigger: { event_type: "resource.high", conditions: { scope: "agent" } },
    actions: [{ type: "restart_agent", target: { $ref: "event.data.agentId" } }],
    validation: { check: "agent_healthy", params: { target: { $ref: "event.data.agentId" } } },
    grants: ["process.signal:own"],
    tests: [{ event: { type: "resource.high", data: { scope: "agent" } }, expect: "match" }],
    ...changes,
  };
}

export function file(content: unknown, name = "some.json"): PlaybookFile {
  return { file: name, text: JSON.stringify(content) };
}

export function rulesOf(...files: readonly PlaybookFile[]): RuleSet {
  return compileRules(files, { catalogue, hash: nodeHash });
}

export function ruleOf(content: unknown): Rule {
  const { rules, refused } = rulesOf(file(content));
  const [rule] = rules;
  if (rule === undefined) throw new Error(refused.map(({ reason }) => reason).join("\n"));
  return rule;
}

/** Every fault of one playbook as `path: message`. */
export function faultsOf(content: unknown): readonly string[] {
  return rulesOf(file(content)).refused.flatMap(({ faults }) => faults.map((one) => `${one.path}: ${one.message}`));
}

export function facts(data: unknown, changes: Partial<Facts> = {}, type = "resource.high"): Facts {
  return { event: { id: "e1", type, data }, clock: clockFacts(0), ...changes };
}

export function planContext(rule: Rule, changes: Partial<PlanContext> = {}): PlanContext {
  return {
    catalogue,
    hash: nodeHash,
    playbookHash: rule.hash,
    idleAgents: () => [],
    risk: riskSettings.parse({}),
    via: "trigger",
    ...changes,
  };
}
