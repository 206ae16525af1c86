import { describe, expect, it } from "vitest";
import { actions } from "../../../../src/actions/index.ts";
import {
  assessRisk,
  type RiskInput,
  type RiskSettings,
  type RiskStep,
  rank,
  riskOfStep,
  riskSettings,
} from "../../../../src/domain/playbook/risk.ts";
import { risk as risks } from "../../../../src/events/vocabulary.ts";

const step = (more: Partial<RiskStep> = {}): RiskStep => ({
  action: "act",
  risk: "low",
  reversible: true,
  outside: false,
  targets: 1,
  ...more,
});
const judge = (input: Partial<RiskInput>, settings: Partial<RiskSettings> = {}) =>
  assessRisk({ playbook: "low", steps: [step()], ...input }, { ...riskSettings.parse({}), ...settings });

describe("risk", () => {
  it("is the worst of what the kinds, the plan and the playbook say, whoever says it", () => {
    for (const one of risks.options)
      for (const other of risks.options) {
        const worst = rank(one) > rank(other) ? one : other;
        expect(judge({ playbook: one, steps: [step({ risk: other }), step()] }).risk).toBe(worst);
      }
  });

  it("applies what is low, asks for what is above, and forbids the forbidden", () => {
    expect(risks.options.map((playbook) => judge({ playbook }).verdict)).toEqual([
      "apply",
      "ask",
      "ask",
      "ask",
      "forbid",
    ]);
  });

  it("is raised by what cannot be undone only outside AIOS's own state", () => {
    expect(judge({ steps: [step({ reversible: false })] }).risk).toBe("low");
    expect(judge({ steps: [step({ outside: true })] }).risk).toBe("low");
    expect(judge({ steps: [step({ reversible: false, outside: true })] })).toMatchObject({
      risk: "medium",
      why: ["medium: act cannot be undone outside AIOS's own state"],
    });
    expect(riskOfStep(step({ reversible: false, outside: true, risk: "high" }))).toBe("high");
  });

  it("is raised by more targets than its setting", () => {
    expect(judge({ steps: [step({ targets: 5 })] }).risk).toBe("low");
    expect(judge({ steps: [step({ targets: 6 })] }).risk).toBe("medium");
    expect(judge({ steps: [step({ targets: 6 })] }, { manyTargets: 6 }).risk).toBe("low");
  });

  it("is raised by a poor record, once that is long enough", () => {
    expect(judge({ record: { fixed: 0, failed: 4 } }).risk).toBe("low");
    expect(judge({ record: { fixed: 2, failed: 3 } })).toMatchObject({
      risk: "medium",
      why: ["medium: it fixed 2 of 5 so far"],
    });
    expect(judge({ record: { fixed: 3, failed: 3 } }).risk).toBe("low");
    expect(judge({ record: { fixed: 2, failed: 3 } }, { confidenceFrom: 6 }).risk).toBe("low");
    expect(judge({ record: { fixed: 3, failed: 3 } }, { confidenceFloor: 0.6 }).risk).toBe("medium");
  });

  it("names every reason, the worst first", () => {
    const { why } = judge({ playbook: "high", steps: [step({ targets: 9 })] });
    expect(why).toEqual(["high: the playbook says high", "medium: it touches 9 targets"]);
    expect(judge({}).why).toEqual(["low: nothing about it is risky"]);
  });

  it("is low by kind for what only touches AIOS's own processes, tasks, events and messages", () => {
    const own = ["emit_event", "kill_process", "notify", "restart_agent", "retry_task"];
    expect(own.map((name) => [name, actions.get(name)?.risk])).toEqual(own.map((name) => [name, "low"]));
  });
});
