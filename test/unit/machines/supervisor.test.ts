import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import type { Strategy } from "../../../src/events/vocabulary.ts";
import type { Output } from "../../../src/machines/output.ts";
import type { SupervisorPlan } from "../../../src/machines/supervision.ts";
import { type SupervisorEvent, supervisorMachine } from "../../../src/machines/supervisor.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const plan = (strategy: Strategy, more: Partial<SupervisorPlan> = {}): SupervisorPlan => ({
  strategy,
  children: ["a", "b", "c"].map((id) => ({ id, restart: "transient" })),
  intensity: { restarts: 3, withinMs: 10_000 },
  backoff: { firstMs: 100, factor: 2, maxMs: 1_000 },
  skipAfter: 2,
  ...more,
});
const failed = (child: string, at = 1_000, event?: number): SupervisorEvent => ({
  type: "FAILED",
  at,
  child,
  reason: "it threw",
  chance: 0,
  ...(event === undefined ? {} : { event }),
});
const ended = (child: string, at = 1_000): SupervisorEvent => ({
  type: "ENDED",
  at,
  child,
  reason: "exit code 0",
  chance: 0,
});
const due = (at = 1_000): SupervisorEvent => ({ type: "DEADLINE.restart", at });

function supervisor(of: SupervisorPlan) {
  const outputs: Output[] = [];
  const actor = createActor(supervisorMachine, { input: { id: "s", plan: of } });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  const tell = (...events: SupervisorEvent[]) => {
    for (const event of events) actor.send(event);
  };
  const effects = (name: string) =>
    outputs.flatMap((output) =>
      output.type === "effect" && output.name === name
        ? [output.params as { readonly child: string; skip?: number }]
        : [],
    );
  const told = () => outputs.flatMap((output) => (output.type === "announce" ? [output.event] : []));
  return { actor, outputs, tell, effects, told, state: () => actor.getSnapshot().value };
}
const events = (all: readonly SupervisorEvent[]) => all;
const childrenOf = (params: readonly { readonly child: string }[]) => params.map(({ child }) => child);

describe("the supervisor machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const children = (["permanent", "transient", "temporary"] as const).map((restart) => ({ id: restart, restart }));
    const all = ["permanent", "transient", "temporary"].flatMap((id) => [failed(id), ended(id)]);
    const walked = walk(supervisorMachine, {
      input: { id: "s", plan: plan("one_for_one", { children, intensity: { restarts: 1, withinMs: 10_000 } }) },
      events: events([
        ...all,
        failed("transient", 1_000, 7),
        due(),
        { type: "DEADLINE.calm", at: 1_000 },
        { type: "UP", at: 1_000, child: "transient" },
        { type: "ENGINE", at: 1_000 },
        { type: "RESUME", at: 1_000, by: "me" },
        { type: "PLAN", at: 1_000, plan: plan("one_for_all", { children }) },
      ]),
      seen: ({ value, context: { restarts, down, begun, plan: now } }) =>
        JSON.stringify([value, restarts.length, down, begun, now.strategy]),
    });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
  });

  it.each([
    ["one_for_one", [], ["b"]],
    ["one_for_all", ["c", "a"], ["a", "b", "c"]],
    ["rest_for_one", ["c"], ["b", "c"]],
  ] as const)(
    "restarts whom %s says, ended from the last and started from the first",
    (strategy, endedOnes, restarted) => {
      const { tell, effects } = supervisor(plan(strategy));
      tell(failed("b"));
      expect(childrenOf(effects("end"))).toEqual(endedOnes);
      expect(effects("restart")).toEqual([]);
      tell(due());
      expect(childrenOf(effects("restart"))).toEqual(restarted);
    },
  );

  it.each([
    ["permanent", true, true],
    ["transient", true, false],
    ["temporary", false, false],
  ] as const)("lets a %s child come back as its policy says", (restart, afterFailure, afterEnd) => {
    for (const [event, comesBack] of [
      [failed("a"), afterFailure],
      [ended("a"), afterEnd],
    ] as const) {
      const { tell, effects } = supervisor(plan("one_for_one", { children: [{ id: "a", restart }] }));
      tell(event, due());
      expect(effects("restart").length > 0).toBe(comesBack);
    }
  });

  it("restarts together who failed while another's pause ran, each once", () => {
    const { tell, effects } = supervisor(plan("one_for_one"));
    tell(failed("c"), failed("a"), failed("c"), due());
    expect(childrenOf(effects("restart"))).toEqual(["a", "c"]);
  });

  it("waits longer from restart to restart, within the bounds of its backoff, and less again after a quiet time", () => {
    const { tell, outputs } = supervisor(plan("one_for_one"));
    for (const at of [0, 1_000, 2_000, 60_000]) tell(failed("a", at), due(at + 900));
    const waits = outputs.flatMap((output) =>
      output.type === "deadline" && output.name === "restart" ? [output.atMs] : [],
    );
    expect(waits).toEqual([50, 1_100, 2_200, 60_050]);
  });

  it("calls a person when a restart too many is needed, and restarts nothing until one resumes it", () => {
    const { tell, effects, told, state } = supervisor(plan("one_for_all"));
    for (let count = 0; count < 3; count++) tell(failed("a"), due());
    const before = effects("restart").length;
    tell(failed("a"), due());
    expect(state()).toBe("escalated");
    expect(told().at(-1)).toBe("supervisor.escalated");
    expect(effects("restart")).toHaveLength(before);
    tell({ type: "RESUME", at: 2_000, by: "me" });
    expect(childrenOf(effects("restart")).slice(before)).toEqual(["a", "b", "c"]);
    tell(failed("a", 2_001));
    expect(state()).toBe("waiting");
  });

  it("tries what was given up once more when the engine is started again", () => {
    const { tell, effects, state } = supervisor(plan("one_for_one", { intensity: { restarts: 0, withinMs: 10_000 } }));
    tell(failed("a"));
    expect(state()).toBe("escalated");
    tell({ type: "ENGINE", at: 2_000 });
    expect(childrenOf(effects("restart"))).toEqual(["a"]);
    tell(failed("a", 2_001));
    expect(state()).toBe("escalated");
  });

  it("begins a child again without the event it failed at twice, and with every other", () => {
    const { tell, effects } = supervisor(plan("one_for_one"));
    tell(failed("a", 1, 41), due(), failed("a", 2, 42), due(), failed("a", 3, 42), due());
    expect(effects("restart").map(({ skip }) => skip)).toEqual([undefined, undefined, 42]);
  });

  it("does after a crash of the engine what it had begun and not seen done", () => {
    const { tell, effects } = supervisor(plan("one_for_all"));
    tell(failed("a"), due(), { type: "UP", at: 2, child: "b" });
    const before = effects("restart").length;
    tell({ type: "ENGINE", at: 3 });
    expect(childrenOf(effects("restart")).slice(before)).toEqual(["a", "c"]);
  });

  it("restarts as long as no window holds more than its intensity, and never beyond", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 1, maxLength: 40 });
    const limits = fc.record({
      restarts: fc.integer({ min: 0, max: 5 }),
      withinMs: fc.integer({ min: 1, max: 12_000 }),
    });
    fc.assert(
      fc.property(gaps, limits, (between, intensity) => {
        const { tell, effects, state } = supervisor(plan("one_for_one", { intensity }));
        const failures: number[] = [];
        let at = 10_000;
        for (const gap of between) {
          at += gap;
          failures.push(at);
          tell(failed("a", at), due(at));
          // Counted from scratch: of every failure so far, how many failures lie in the window that ends with it.
          const worst = Math.max(
            ...failures.map((end) => failures.filter((time) => time <= end && end - time < intensity.withinMs).length),
          );
          const first = failures.findIndex(
            (end, index) =>
              failures.slice(0, index + 1).filter((time) => end - time < intensity.withinMs).length >
              intensity.restarts,
          );
          expect(state()).toBe(worst > intensity.restarts ? "escalated" : "watching");
          expect(effects("restart")).toHaveLength(first === -1 ? failures.length : first);
        }
      }),
    );
  });
});
