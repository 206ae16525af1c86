import { describe, expect, it } from "vitest";
import { type StateNode, statechartOf } from "../../../dashboard/src/inspect/statechart.ts";
import { definitionOf } from "../../../src/actors/machine-definition.ts";
import { agentMachine } from "../../../src/machines/agent.ts";
import { reactorMachine } from "../../../src/machines/reactor.ts";
import { remediationMachine } from "../../../src/machines/remediation.ts";

const machines = { agent: agentMachine, reactor: reactorMachine, remediation: remediationMachine };
const below = ({ states }: StateNode): readonly StateNode[] => states.flatMap((state) => [state, ...below(state)]);
const names = (states: readonly StateNode[]) => states.map(({ name }) => name);

function draw(name: keyof typeof machines, value: unknown): StateNode {
  const chart = statechartOf(definitionOf(machines[name]), value);
  if (chart === undefined) throw new Error(`${name} cannot be drawn`);
  return chart;
}

describe("the drawing of a statechart", () => {
  it("lights the state that the machine is in, and no other", () => {
    const chart = draw("agent", "blocked");
    expect(names(chart.states)).toEqual(["idle", "running", "blocked", "degraded", "archived"]);
    expect(names(below(chart).filter(({ lit }) => lit))).toEqual(["blocked"]);
    expect(names(below(chart).filter(({ initial }) => initial))).toEqual(["idle"]);
  });

  it("lights one state in each of those that are active side by side", () => {
    const chart = draw("reactor", { mode: "live", power: "paused", weather: "calm" });
    expect(chart.parallel).toBe(true);
    expect(names(below(chart).filter(({ lit }) => lit))).toEqual([
      "mode",
      "live",
      "power",
      "paused",
      "weather",
      "calm",
    ]);
  });

  it("lights a nested state only while the one around it is active", () => {
    const chart = draw("remediation", { rolling_back: "undoing" });
    expect(names(below(chart).filter(({ lit }) => lit))).toEqual(["rolling_back", "undoing"]);
    expect(names(below(draw("remediation", "held")).filter(({ lit }) => lit))).toEqual(["held"]);
  });

  it("says what leads where, each target once, and leaves out what leads nowhere", () => {
    const states = draw("agent", "running").states;
    const running = states.find(({ name }) => name === "running");
    expect(running?.moves).toContainEqual({ event: "task.succeeded", targets: ["idle"] });
    expect(running?.moves.map(({ event }) => event)).not.toContain("task.started");
    const cleared = draw("remediation", "cleared").states.find(({ name }) => name === "cleared");
    expect(cleared?.moves).toEqual([{ event: "", targets: ["awaiting_approval", "between_steps"] }]);
  });

  it("leads to states that are in it", () => {
    for (const name of Object.keys(machines) as (keyof typeof machines)[]) {
      const all = below(draw(name, ""));
      for (const { moves } of [draw(name, ""), ...all]) {
        for (const { targets } of moves) expect(names(all)).toEqual(expect.arrayContaining([...targets]));
      }
    }
  });

  it("is not made of what is no definition", () => {
    expect(statechartOf(undefined, "idle")).toBeUndefined();
    expect(statechartOf("{", "idle")).toBeUndefined();
  });
});
