import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import type { EventData } from "../../../src/events/catalog.ts";
import type { PlanStep, RunOrder } from "../../../src/events/types/playbook.ts";
import type { Output } from "../../../src/machines/output.ts";
import { remediationMachine } from "../../../src/machines/remediation.ts";
import type { RemediationEvent } from "../../../src/machines/remediation-run.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const runId = "run-1";
const step = (more: Partial<PlanStep> = {}): PlanStep => ({
  action: "write_file",
  params: {},
  onFailure: "stop",
  risk: "low",
  reversible: true,
  idempotent: true,
  says: "write it",
  agents: [],
  ...more,
});
const order = (
  more: { readonly plan?: Partial<RunOrder["plan"]>; readonly mode?: RunOrder["mode"] } = {},
): RunOrder => ({
  runId,
  playbookId: "p",
  target: { kind: "agent", id: "a" },
  trigger: { id: "e", sequence: 1, type: "x.y", at: 0 },
  via: "trigger",
  mode: more.mode ?? "live",
  priority: "P2",
  planHash: "hash",
  targetVersion: "-",
  why: [],
  approvalExpiresAtMs: 99_000,
  plan: {
    playbookHash: "h",
    prechecks: [],
    steps: [step(), step()],
    validation: { check: "c", params: {}, settleMs: 100, intervalMs: 50, probes: 3, required: 2, timeoutMs: 1_000 },
    rollback: true,
    risk: "low",
    riskWhy: [],
    needsApproval: false,
    grants: [],
    ...more.plan,
  },
});

const unread = { ...order().plan.validation, check: "none" };

const head = (index: number) => ({ runId, step: index, action: "write_file", key: `${runId}/step/${index}` });
const prechecked = (ok = true) => heard("run.prechecked", { runId, ok, checks: [{ check: "c", ok, detail: "seen" }] });
const began = (index: number, before = "old") => heard("run.step_started", { ...head(index), attempt: 1, before });
const done = (index: number, ok = true) =>
  heard("run.step_completed", { ...head(index), ok, detail: ok ? "done" : "broke" });
const probed = (ok: boolean | null, probe = 1) =>
  heard("run.probed", { runId, probe, ok, reading: null, detail: `read ${ok}` });
const undone = (index: number, same: boolean | null = true, ok = true) =>
  heard("run.undo_completed", { ...head(index), ok, same, detail: "undone" });
const decided = (decision: "approved" | "rejected" | "expired", planHash = "hash") =>
  heard("approval.decided", { approvalId: "a", runId, decision, by: "me", planHash, reason: "r" });
const paused = heard("reactor.paused", { by: "me", reason: "wait" });
const resumed = heard("reactor.resumed", { by: "me" });
const restarted = heard("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" });

function run(one: RunOrder = order()) {
  const outputs: Output[] = [];
  const actor = createActor(remediationMachine, { input: { order: one, paused: false } });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  const effects = () => outputs.flatMap((output) => (output.type === "effect" ? [output.key] : []));
  const end = (): EventData<"playbook.settled"> | undefined =>
    outputs.flatMap((output) =>
      output.type === "announce" && output.event === "playbook.settled" ? [output.data] : [],
    )[0];
  const tell = (...events: RemediationEvent[]) => {
    for (const event of events) actor.send(event);
  };
  return { actor, outputs, effects, end, tell, state: () => actor.getSnapshot().value };
}

const executed = [prechecked(), began(0), done(0), began(1), done(1)];
const validating: RemediationEvent[] = [...executed, { type: "DEADLINE.settle", at: 200 }];

describe("the remediation machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const events = [
      prechecked(true),
      prechecked(false),
      decided("approved"),
      decided("rejected"),
      began(0),
      done(0),
      done(0, false),
      probed(true),
      probed(false),
      probed(null),
      heard("run.undo_started", head(0)),
      undone(0),
      paused,
      resumed,
      restarted,
      { type: "DEADLINE.settle", at: 1 },
      { type: "DEADLINE.probe", at: 1 },
      { type: "DEADLINE.validation", at: 1 },
    ];
    const seen = ({ value, context }: { value: unknown; context: unknown }) => {
      const {
        paused: held,
        step: at,
        begun,
        done: steps,
        failedStep,
        passed,
        probes,
        unreadable,
        outcome,
        undone: back,
      } = context as Record<string, unknown> & { done: readonly unknown[] };
      return JSON.stringify([
        value,
        held,
        at,
        begun,
        steps.length,
        failedStep,
        passed,
        probes,
        Math.min(unreadable as number, 1),
        outcome,
        back,
      ]);
    };
    const kinds = [
      order(),
      order({ plan: { needsApproval: true } }),
      order({ mode: "rehearse" }),
      order({ plan: { steps: [step({ idempotent: false })] } }),
      order({ plan: { validation: unread } }),
    ];
    const walks = kinds.map((one) => walk(remediationMachine, { input: { order: one, paused: false }, events, seen }));
    const visited = new Set(walks.flatMap((one) => [...one.visited]));
    const passing = new Set(["cleared", "between_steps", "failing", "executed", "rolling_back.next"]);
    const first = walks[0];
    expect(first).toBeDefined();
    if (first === undefined) return;
    expect(unvisited({ ...first, visited }).filter((state) => !passing.has(state))).toEqual([]);
    const never = first.untaken.filter((name) => walks.every(({ untaken }) => untaken.includes(name)));
    expect(never).toEqual([]);
  });

  it("reads the signal when its effect may have set in, then at each interval, until its time is over", () => {
    const { tell, outputs, effects } = run();
    const last = heard("run.step_completed", { ...head(1), ok: true, detail: "done" }, 1_000);
    tell(prechecked(), began(0), done(0), began(1), last);
    expect(outputs).toContainEqual({ type: "deadline", name: "settle", atMs: 1_100 });
    tell({ type: "DEADLINE.settle", at: 1_100 });
    expect(outputs).toContainEqual({ type: "deadline", name: "validation", atMs: 2_100 });
    const read = (ok: boolean | null, at: number) =>
      heard("run.probed", { runId, probe: 1, ok, reading: null, detail: "" }, at);
    tell(read(null, 1_110));
    expect(outputs.at(-1)).toEqual({ type: "deadline", name: "probe", atMs: 1_160 });
    tell({ type: "DEADLINE.probe", at: 1_160 }, read(true, 1_170), { type: "DEADLINE.probe", at: 1_220 });
    const probes = effects().filter((key) => key.includes("/probe/"));
    expect(probes).toEqual(["run-1/probe/1", "run-1/probe/2", "run-1/probe/3"]);
  });

  it("is fixed only when enough probes of the signal hold", () => {
    const { tell, end, effects } = run();
    tell(...validating, probed(true, 1));
    expect(end()).toBeUndefined();
    tell({ type: "DEADLINE.probe", at: 250 }, probed(true, 2));
    expect(end()).toMatchObject({ outcome: "fixed", rollback: "none" });
    expect(effects()).toEqual(["run-1/precheck", "run-1/step/0", "run-1/step/1", "run-1/probe/1", "run-1/probe/2"]);
  });

  it("undoes in reverse order what did not help, and says so", () => {
    const { tell, end, effects } = run();
    tell(...validating, probed(false, 1), { type: "DEADLINE.probe", at: 250 }, probed(false, 2));
    expect(effects().slice(-1)).toEqual(["run-1/undo/1"]);
    tell(undone(1), undone(0));
    expect(effects().slice(-2)).toEqual(["run-1/undo/1", "run-1/undo/0"]);
    expect(end()).toMatchObject({ outcome: "not_fixed", rollback: "rolled_back" });
  });

  it("never calls success what could not be read", () => {
    const { tell, end } = run();
    tell(...validating, probed(null, 1), { type: "DEADLINE.validation", at: 1_200 }, undone(1), undone(0));
    expect(end()).toMatchObject({ outcome: "unverified", rollback: "rolled_back" });
  });

  it("waits for nothing where nothing will be read: the run is unverified at once", () => {
    const { tell, end, effects } = run(order({ plan: { validation: unread, rollback: false } }));
    tell(prechecked(), began(0), done(0), began(1), done(1));
    expect(end()).toMatchObject({ outcome: "unverified", reason: "the playbook names no validation" });
    expect(effects()).not.toContain("run-1/probe/1");
  });

  it("names what an undo could not restore as residue", () => {
    const { tell, end } = run();
    tell(
      ...validating,
      probed(false, 1),
      { type: "DEADLINE.probe", at: 250 },
      probed(false, 2),
      undone(1, false),
      undone(0),
    );
    expect(end()).toMatchObject({ outcome: "not_fixed", rollback: "residue", residue: ["write_file: undone"] });
  });

  it("names an outside effect that cannot be undone as residue", () => {
    const { tell, end } = run(order({ plan: { steps: [step({ reversible: false, risk: "medium" })] } }));
    tell(
      prechecked(),
      began(0),
      done(0),
      { type: "DEADLINE.settle", at: 200 },
      probed(false, 1),
      { type: "DEADLINE.probe", at: 250 },
      probed(false, 2),
    );
    expect(end()).toMatchObject({ rollback: "residue", residue: ["write it cannot be undone"] });
  });

  it("leaves no residue of what was undone, nor of what concerns ourselves only", () => {
    const steps = [step({ reversible: true, risk: "medium" }), step({ reversible: false, risk: "low" })];
    const { tell, end } = run(order({ plan: { steps } }));
    tell(...validating, probed(false, 1), probed(false, 2), undone(0));
    expect(end()).toMatchObject({ outcome: "not_fixed", rollback: "rolled_back", residue: [] });
  });

  it("names what it could have undone and did not, where the playbook wants no rollback", () => {
    const steps = [step({ says: "write a" }), step({ says: "end b", reversible: false }), step({ says: "write c" })];
    const { tell, end, effects } = run(order({ plan: { steps, rollback: false } }));
    tell(prechecked(), began(0), done(0), began(1), done(1), began(2), done(2, false));
    expect(effects().filter((key) => key.includes("undo"))).toEqual([]);
    expect(end()).toMatchObject({
      outcome: "not_fixed",
      rollback: "residue",
      residue: ["write a was not undone", "write c was not undone"],
    });
  });

  it("stops at a failed action, undoes what had begun and is not fixed", () => {
    const { tell, end, effects } = run();
    tell(prechecked(), began(0), done(0, false));
    expect(effects()).not.toContain("run-1/step/1");
    tell(undone(0));
    expect(end()).toMatchObject({ outcome: "not_fixed", reason: "write_file: broke" });
  });

  it("refuses when a pre-check does not hold, having done nothing", () => {
    const { tell, end, effects } = run();
    tell(prechecked(false));
    expect(end()).toMatchObject({ outcome: "refused", rollback: "none" });
    expect(effects()).toEqual(["run-1/precheck"]);
  });

  it("names the pre-checks that did not hold or could not be read, and those only", () => {
    const { tell, end } = run();
    const checks = [
      { check: "held", ok: true, detail: "yes" },
      { check: "failed", ok: false, detail: "no" },
      { check: "unread", ok: null, detail: "gone" },
    ];
    tell(heard("run.prechecked", { runId, ok: false, checks }));
    expect(end()?.reason).toBe("pre-check: failed: no; unread: gone");
  });

  it("acts on an approval of this very plan only", () => {
    const { tell, end, effects } = run(order({ plan: { needsApproval: true } }));
    tell(prechecked(), decided("approved", "another plan"));
    expect(effects()).toEqual(["run-1/precheck"]);
    expect(end()).toMatchObject({ outcome: "refused" });
    const asked = run(order({ plan: { needsApproval: true } }));
    asked.tell(prechecked(), decided("approved"));
    expect(asked.effects()).toContain("run-1/step/0");
  });

  it("expires to no when nobody decides", () => {
    const { tell, end } = run(order({ plan: { needsApproval: true } }));
    tell(prechecked(), decided("expired"));
    expect(end()).toMatchObject({ outcome: "expired", rollback: "none" });
  });

  it("begins nothing between two actions while paused, and goes on when resumed", () => {
    const { tell, effects } = run();
    tell(prechecked(), began(0), paused, done(0));
    expect(effects()).not.toContain("run-1/step/1");
    tell(resumed);
    expect(effects()).toContain("run-1/step/1");
  });

  it("undoes nothing while paused", () => {
    const { tell, effects } = run();
    tell(...validating, probed(false, 1), paused, probed(false, 2));
    expect(effects().filter((key) => key.includes("undo"))).toEqual([]);
    tell(resumed);
    expect(effects().filter((key) => key.includes("undo"))).toEqual(["run-1/undo/1"]);
  });

  it("repeats an interrupted action only when that is safe", () => {
    const safe = run();
    safe.tell(prechecked(), began(0), restarted);
    expect(safe.effects().filter((key) => key === "run-1/step/0")).toHaveLength(2);
    const unsafe = run(order({ plan: { steps: [step({ idempotent: false })] } }));
    unsafe.tell(prechecked(), began(0), restarted, undone(0));
    expect(unsafe.effects().filter((key) => key === "run-1/step/0")).toHaveLength(1);
    expect(unsafe.end()).toMatchObject({ outcome: "unverified", rollback: "rolled_back" });
  });

  it("undoes to what was there before the first try, not to what an interrupted action had left", () => {
    const { tell, outputs } = run(order({ plan: { steps: [step()] } }));
    tell(prechecked(), began(0), restarted, began(0, "half written"), began(0, "half written"), done(0));
    tell({ type: "DEADLINE.settle", at: 200 }, probed(false, 1), { type: "DEADLINE.probe", at: 250 }, probed(false, 2));
    expect(outputs.findLast((output) => output.type === "effect")).toMatchObject({
      name: "undo",
      params: { step: 0, before: "old" },
    });
  });

  it("undoes to what was there when it really began, where a pause had made it begin anew", () => {
    const { tell, outputs } = run(order({ plan: { steps: [step()] } }));
    tell(prechecked(), began(0), began(0, "changed by a person meanwhile"), done(0));
    tell({ type: "DEADLINE.settle", at: 200 }, probed(false, 1), { type: "DEADLINE.probe", at: 250 }, probed(false, 2));
    expect(outputs.findLast((output) => output.type === "effect")).toMatchObject({
      params: { before: "changed by a person meanwhile" },
    });
  });

  it("asks again after a restart for what it had asked for and not heard of", () => {
    const asked = run();
    asked.tell(restarted);
    expect(asked.effects()).toEqual(["run-1/precheck", "run-1/precheck"]);
    const undoing = run();
    undoing.tell(...validating, probed(false, 1), probed(false, 2), restarted);
    expect(undoing.effects().filter((key) => key.includes("undo"))).toEqual(["run-1/undo/1", "run-1/undo/1"]);
    const reading = run();
    reading.tell(...validating, restarted);
    expect(reading.effects().filter((key) => key.includes("probe"))).toEqual(["run-1/probe/1", "run-1/probe/1"]);
  });

  it("tells what it did and to what end, with all it was about and no more", () => {
    const told = (one: RunOrder, ...events: RemediationEvent[]) => {
      const { tell, outputs } = run(one);
      tell(...events);
      return outputs.flatMap((output) => (output.type === "announce" ? [output] : []));
    };
    const about = { fingerprint: "f", lessonId: "lesson-f", agentId: "a", taskId: "t" };
    const fixed = [...validating, probed(true, 1), probed(true, 2)];
    expect(told({ ...order(), ...about }, ...fixed)).toMatchObject([
      { event: "playbook.executed", data: { ok: true, steps: 2, rehearsed: false } },
      { event: "playbook.settled", data: { ...about, outcome: "fixed", settleMs: 100 }, severity: "info" },
    ]);
    const [, bare] = told(order(), ...fixed);
    for (const name of Object.keys(about)) expect(bare?.data).not.toHaveProperty(name);
    expect(told(order(), prechecked(), began(0), done(0, false), undone(0))).toMatchObject([
      { event: "playbook.executed", data: { ok: false, steps: 1 } },
      { event: "playbook.settled", data: { outcome: "not_fixed" }, severity: "warning" },
    ]);
  });

  it("rehearses without a verdict about the world", () => {
    const { tell, end } = run(order({ mode: "rehearse" }));
    tell(...executed);
    expect(end()).toMatchObject({ outcome: "suppressed", rehearsed: true });
  });
});
