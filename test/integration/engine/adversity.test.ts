import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Publishable } from "../../../src/events/bus.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import type { Runtime } from "../../../src/runtime.ts";
import { FoldedEngine } from "../../support/folded-engine.ts";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

const options: VirtualOptions = {
  playbooks: [mending(), mending({ id: "asks", trigger: { event_type: "site.down" }, risk: "high", tests: [] })],
};
const target = { kind: "file", id: "/srv/config" } as const;
const trigger = { id: "no-such-event", sequence: 9_999, type: "x.y", at: 0 };
const error = { message: "no" };
const by = "operator:me";

/** Things that nobody should ever write into a journal: late, twice, before their time, about nobody, against each other. */
function nonsense(task: string, run: string, approval: string): readonly Publishable[] {
  const attempt = (taskId: string, number: number) => ({
    taskId,
    agentId: "a",
    attempt: number,
    key: `${taskId}/${number}`,
  });
  const started = { deadlineAtMs: 1, configVersion: 9, probe: true, lessons: ["none"] };
  const failed = { reason: "error", error, durationMs: 1 } as const;
  const step = (runId: string, number: number) => ({
    runId,
    step: number,
    action: "write_file",
    key: `${runId}/${number}`,
  });
  return [task, "ghost"]
    .flatMap((id): Publishable[] => [
      { type: "task.started", data: { ...attempt(id, 1), ...started } },
      { type: "task.started", data: { ...attempt(id, 7), ...started, agentId: "nobody" } },
      { type: "task.succeeded", data: { ...attempt(id, 3), durationMs: 1, outputBytes: 1, output: 1 } },
      { type: "task.attempt_failed", data: { ...attempt(id, 1), ...failed, retryAtMs: 1 } },
      { type: "task.attempt_failed", data: { ...attempt(id, 2), ...failed } },
      { type: "task.failed", data: { taskId: id, state: "dead", attempts: 0, reason: "dependency", error } },
      { type: "task.cancel_requested", data: { taskId: id, by, reason: "why not" } },
      { type: "task.cancelled", data: { taskId: id, by, reason: "why not" } },
      { type: "task.progress", data: { ...attempt(id, 4), ratio: 2 } },
    ])
    .concat(
      [run, "ghost"].flatMap((runId): Publishable[] => [
        { type: "run.prechecked", data: { runId, ok: false, checks: [] } },
        { type: "run.step_started", data: { ...step(runId, 5), attempt: 3 } },
        { type: "run.step_completed", data: { ...step(runId, 0), ok: true, detail: "so it says" } },
        { type: "run.probed", data: { runId, probe: 9, ok: null, reading: null, detail: "?" } },
        { type: "run.undo_completed", data: { ...step(runId, 0), ok: true, same: true, detail: "so it says" } },
        {
          type: "playbook.executed",
          data: { runId, playbookId: "mend", target, ok: true, steps: 3, rehearsed: false },
        },
        {
          type: "playbook.settled",
          data: {
            runId,
            playbookId: "mend",
            target,
            trigger,
            outcome: "fixed",
            rollback: "none",
            reason: "",
            via: "trigger",
            rehearsed: false,
            residue: [],
            settleMs: 1,
          },
        },
        { type: "playbook.relapsed", data: { runId, playbookId: "mend", target, again: "nothing" } },
      ]),
    )
    .concat(
      [approval, "ghost"].flatMap((approvalId): Publishable[] =>
        (["approved", "rejected", "expired"] as const).map((decision) => ({
          type: "approval.decided",
          data: { approvalId, runId: run, decision, by, planHash: "another", reason: "so" },
        })),
      ),
    )
    .concat([
      {
        type: "agent.state_changed",
        data: { agentId: "nobody", from: "idle", to: "running", breaker: "open", reason: "" },
      },
      {
        type: "agent.state_changed",
        data: { agentId: "a", from: "archived", to: "idle", breaker: "closed", reason: "" },
      },
      { type: "agent.reset", data: { agentId: "nobody", by, reason: "" } },
      { type: "agent.degraded", data: { agentId: "a", failures: 99, untilMs: 1, reason: "" } },
      {
        type: "agent.process_exited",
        data: { agentId: "a", pid: 4, startTime: "1", exitCode: 0, signal: null, expected: true },
      },
      { type: "incident.resolved", data: { incidentId: "ghost", by, reason: "" } },
      { type: "incident.reopened", data: { incidentId: "ghost", reason: "" } },
      { type: "notification.sent", data: { key: "ghost", channel: "log", text: "" } },
      {
        type: "lesson.promoted",
        data: { lessonId: "l", fingerprint: "f", from: "draft", to: "hardened", runId: "ghost" },
      },
      { type: "deadline.fired", data: { actor: "agent/a", name: "cooldown", dueAtMs: 1 } },
      { type: "deadline.fired", data: { actor: "nobody/at-all", name: "x", dueAtMs: Number.MAX_SAFE_INTEGER } },
      { type: "reactor.resumed", data: { by } },
      { type: "reactor.storm_left", data: { quietMs: 1 } },
      { type: "breaker.changed", data: { owner: "playbook/none", to: "open", failures: 0 } },
      { type: "engine.ready", data: { startMs: 1 } },
    ]);
}

/** An engine in the middle of everything: a task that runs, a run that validates, a plan that waits for a person. */
async function busy() {
  const engine = await VirtualEngine.open(options);
  await engine.agent("a", { concurrency: 2, policy: { cooldownMs: 1_000 } });
  const task = await engine.submit({ agent: "a" });
  await engine.publish({ type: "build.broken", data: {} });
  await engine.publish({ type: "site.down", data: {} });
  const [run] = engine.told("playbook.matched");
  const [approval] = engine.told("approval.requested");
  return { engine, task, run: run?.data.runId ?? "", approval: approval?.data.approvalId ?? "" };
}

/** How every actor stands: whether it works, and where its machine is. */
function standingOf({ host }: Runtime): ReadonlyMap<string, { readonly status: string; readonly value: unknown }> {
  return new Map(
    host.list().map(({ id, snapshot }) => [id, { status: snapshot?.status ?? "unborn", value: snapshot?.value }]),
  );
}

/** What the engine still does for those who keep to the rules. */
async function stillWorks(engine: VirtualEngine): Promise<void> {
  const puppet = await engine.agent("fresh");
  const id = await engine.submit({ agent: "fresh" });
  await engine.pass(100);
  puppet.last.done("well");
  await engine.pass(0);
  expect(engine.task(id).state).toBe("succeeded");
}

/** A journal read again says what the engine said while it was written. */
async function saysTheSame(engine: VirtualEngine, events: readonly AnyEvent[]): Promise<void> {
  const { views } = engine.runtime;
  const again = (await FoldedEngine.open(options)).hear(events).runtime;
  expect(again.views.tasks.list()).toEqual(views.tasks.list());
  expect(again.views.agents.list()).toEqual(views.agents.list());
  expect(again.views.runs.list()).toEqual(views.runs.list());
  expect(standingOf(again)).toEqual(standingOf(engine.runtime));
}

describe("an engine that is told what cannot be", () => {
  it("fails nobody for it, whatever the order, and goes on with its work", async () => {
    const order = fc.shuffledSubarray(
      Array.from({ length: 60 }, (_, index) => index),
      { minLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(order, async (indices) => {
        const { engine, task, run, approval } = await busy();
        const drafts = nonsense(task, run, approval);
        for (const index of indices) {
          const draft = drafts[index % drafts.length];
          if (draft !== undefined) await engine.publish(draft);
        }
        expect(engine.told("subscriber.failed")).toEqual([]);
        expect(new Set([...standingOf(engine.runtime).values()].map(({ status }) => status))).toEqual(
          new Set(["active"]),
        );
        await stillWorks(engine);
        await saysTheSame(engine, engine.events);
        await engine.kill();
      }),
      { numRuns: 12 },
    );
  });

  it("takes each of them twice without doing anything twice", async () => {
    const { engine, task, run, approval } = await busy();
    for (const draft of nonsense(task, run, approval)) {
      await engine.publish(draft);
      await engine.publish(draft);
    }
    await engine.pass(120_000);
    const keys = engine.events.flatMap(({ idempotencykey }) => idempotencykey ?? []);
    expect(new Set(keys).size).toBe(keys.length);
    await stillWorks(engine);
    await saysTheSame(engine, engine.events);
  });

  it("comes back from a journal full of it, and works", async () => {
    const { engine, task, run, approval } = await busy();
    for (const draft of nonsense(task, run, approval)) await engine.publish(draft);
    const again = await engine.reopened({ downMs: 90 * 86_400_000 });
    await again.pass(120_000);
    expect(again.told("subscriber.failed")).toEqual([]);
    await stillWorks(again);
  });
});
