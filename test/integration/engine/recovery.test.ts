import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const SECOND_FILE = "/srv/second";

const writing = [
  { type: "write_file", params: { path: CONFIG_FILE, content: "new" } },
  { type: "write_file", params: { path: SECOND_FILE, content: "2" } },
];

async function open(playbook: object): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [playbook] });
  await engine.world.files.write(CONFIG_FILE, "old");
  return engine;
}

const settled = (events: readonly AnyEvent[]) => events.filter(({ type }) => type === "playbook.settled");
/** Sequences from the trigger to the end of its run: wherever a crash could come. */
function cuts(engine: VirtualEngine): readonly number[] {
  const from = engine.events.find(({ type }) => type === "build.broken")?.sequence ?? 0;
  const to = settled(engine.events)[0]?.sequence ?? 0;
  if (from === 0 || to === 0) throw new Error("the run did not come to its end");
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The disk as it was when the journal had come that far. */
async function restoreDisk(engine: VirtualEngine, after: number): Promise<void> {
  const { files } = engine.world;
  const done = (type: string, step: number) =>
    engine.events.some(
      (event) => event.sequence <= after && event.type === type && (event.data as { step: number }).step === step,
    );
  const stands = (step: number) => done("run.step_completed", step) && !done("run.undo_completed", step);
  await files.write(CONFIG_FILE, stands(0) ? "new" : "old");
  if (stands(1)) await files.write(SECOND_FILE, "2");
  else await files.remove(SECOND_FILE);
}

describe("a remedy whose engine was killed, at whatever event", () => {
  it("comes to the end it would have come to, with each effect once and one verdict", async () => {
    const whole = await open(mending({ actions: writing, validation: { ...mending().validation, required: 3 } }));
    healthOf(whole.world, 200);
    whole.world.latencyMs = 450;
    await whole.publish(broken);
    await whole.pass(10_000);
    for (const after of cuts(whole)) {
      await restoreDisk(whole, after);
      // Down for less than the pause between two probes, and for longer than the whole validation may take.
      const again = await whole.reopened({ after, downMs: after % 2 === 0 ? 100 : 60_000 });
      await again.pass(30_000);
      expect([after, settled(again.events).map(({ data }) => data)]).toMatchObject([
        after,
        [{ outcome: "fixed", rollback: "none" }],
      ]);
      expect([after, await again.world.files.readText(CONFIG_FILE)]).toEqual([after, "new"]);
      expect(again.told("playbook.matched")).toHaveLength(1);
      expect(again.told("playbook.executed")).toHaveLength(1);
      expect(again.told("run.step_completed").map(({ data }) => data.step)).toEqual([0, 1]);
      expect([after, again.told("run.probed").map(({ data }) => data.probe)]).toEqual([after, [1, 2, 3]]);
      expect(again.runtime.host.list().some(({ kind }) => kind === "remediation")).toBe(false);
    }
  });

  it("takes back what did not help, once each, and opens one incident", async () => {
    const whole = await open(mending({ actions: writing }));
    healthOf(whole.world, 503);
    await whole.publish(broken);
    await whole.pass(10_000);
    for (const after of cuts(whole)) {
      await restoreDisk(whole, after);
      const again = await whole.reopened({ after, downMs: 1_000 });
      await again.pass(30_000);
      expect([after, settled(again.events).map(({ data }) => data)]).toMatchObject([
        after,
        [{ outcome: "not_fixed", rollback: "rolled_back" }],
      ]);
      expect([after, await again.world.files.readText(CONFIG_FILE)]).toEqual([after, "old"]);
      expect(await again.world.files.exists(SECOND_FILE)).toBe(false);
      expect(again.told("run.undo_completed").map(({ data }) => data.step)).toEqual([1, 0]);
      expect(again.told("incident.opened")).toHaveLength(1);
      expect(again.told("notification.sent")).toHaveLength(1);
    }
  });

  it("never does twice what must not be done twice: it is handed to a person instead", async () => {
    const charging = { type: "http_request", params: { method: "POST", url: "http://upstream/charge" } };
    const playbook = mending({ actions: [...writing, charging], risk: "low" });
    const whole = await open(playbook);
    healthOf(whole.world, 200);
    await whole.publish(broken);
    const [approval] = whole.runtime.views.approvals.waiting();
    await whole.publish({
      type: "approval.decided",
      data: {
        approvalId: approval?.id ?? "",
        runId: approval?.run ?? "",
        decision: "approved",
        by: "operator:me",
        planHash: approval?.planHash ?? "",
        reason: "",
      },
    });
    await whole.pass(10_000);
    const begun = whole.told("run.step_started").find(({ data }) => data.step === 2)?.sequence ?? 0;
    const ended = whole.told("run.step_completed").find(({ data }) => data.step === 2)?.sequence ?? 0;
    const charges = () => whole.world.requests.filter(({ method }) => method === "POST").length;
    const before = charges();
    for (const after of cuts(whole).filter((cut) => cut >= begun)) {
      await restoreDisk(whole, after);
      const again = await whole.reopened({ after, downMs: 1_000 });
      await again.pass(30_000);
      const known = after >= ended;
      expect([after, settled(again.events).map(({ data }) => data)]).toMatchObject([
        after,
        [known ? { outcome: "fixed", rollback: "none" } : { outcome: "unverified", rollback: "residue" }],
      ]);
      expect(await again.world.files.readText(CONFIG_FILE)).toBe(known ? "new" : "old");
      const told = again.runtime.views.incidents.list().map(({ severity, needsPerson }) => ({ severity, needsPerson }));
      expect(told).toEqual(known ? [] : [{ severity: "critical", needsPerson: true }]);
    }
    expect(charges()).toBe(before);
  });

  it("queues a task once more only once", async () => {
    const whole = await VirtualEngine.open({
      playbooks: [
        mending({
          trigger: { event_type: "build.broken" },
          target: { kind: "agent", id: "a" },
          actions: [{ type: "retry_task", target: { $ref: "event.data.taskId" }, params: { probe: true } }],
          validation: {
            check: "task_succeeded",
            params: { target: { $ref: "event.data.taskId" } },
            settleMs: 5_000,
            intervalMs: 1_000,
            probes: 60,
            required: 1,
            timeoutMs: 120_000,
          },
          grants: ["task.retry:own"],
        }),
      ],
    });
    const agent = await whole.agent("a", { policy: { cooldownMs: 1_000 } });
    agent.automatic = (call) => (call.attempt === 1 ? call.fail("no") : call.done("yes"));
    const taskId = await whole.submit({ agent: "a", retries: 0 });
    await whole.publish({ type: "build.broken", data: { taskId } });
    await whole.pass(30_000);
    for (const after of cuts(whole)) {
      const again = await whole.reopened({ after, downMs: 100 });
      await again.pass(60_000);
      expect([after, settled(again.events).map(({ data }) => data)]).toMatchObject([after, [{ outcome: "fixed" }]]);
      expect([after, again.told("task.retried").length]).toEqual([after, 1]);
      expect(again.task(taskId)).toMatchObject({ state: "succeeded", output: "yes" });
    }
  });

  it("still waits for its person, and for no longer than it would have", async () => {
    const engine = await open(mending({ tests: [] }));
    healthOf(engine.world, 200);
    await engine.publish(broken);
    const expiresAtMs = engine.told("approval.requested")[0]?.data.expiresAtMs ?? 0;
    const again = await engine.reopened({ downMs: 90_000_000 });
    expect(again.clock.now()).toBeGreaterThan(expiresAtMs);
    await again.pass(0);
    expect(settled(again.events).map(({ data }) => data)).toMatchObject([{ outcome: "expired" }]);
  });

  it("stays held over the crash while the reactor is paused", async () => {
    const engine = await open(mending({ tests: [] }));
    healthOf(engine.world, 200);
    await engine.publish(broken);
    await engine.publish({ type: "reactor.paused", data: { by: "me", reason: "careful" } });
    const [approval] = engine.runtime.views.approvals.waiting();
    await engine.publish({
      type: "approval.decided",
      data: {
        approvalId: approval?.id ?? "",
        runId: approval?.run ?? "",
        decision: "approved",
        by: "operator:me",
        planHash: approval?.planHash ?? "",
        reason: "",
      },
    });
    const again = await engine.reopened();
    await again.pass(60_000);
    expect(again.told("run.step_started")).toEqual([]);
    await again.publish({ type: "reactor.resumed", data: { by: "me" } });
    await again.pass(60_000);
    expect(settled(again.events).map(({ data }) => data)).toMatchObject([{ outcome: "fixed" }]);
  });

  it("is considered once more when the crash came between a trigger and its answer", async () => {
    const engine = await open(mending());
    healthOf(engine.world, 200);
    const { sequence } = await engine.runtime.bus.publish(broken);
    const again = await engine.reopened({ after: sequence });
    await again.pass(10_000);
    expect(settled(again.events).map(({ data }) => data)).toMatchObject([{ outcome: "fixed" }]);
  });
});

describe("tasks whose engine was killed", () => {
  it("are tried again or failed as each had asked, and no deadline begins anew", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { concurrency: 3, policy: { cooldownMs: 60_000 } });
    const [retried, failed, queued] = [
      await engine.submit({ agent: "a", input: "retried", retries: 0 }),
      await engine.submit({ agent: "a", input: "failed", onInterrupt: "fail" }),
      await engine.submit({ agent: "a", input: "queued", dependsOn: [] }),
    ];
    const waiting = await engine.submit({ agent: "a", dependsOn: [queued] });
    const again = await engine.reopened({ downMs: 5_000 });
    expect(again.told("engine.started").at(-1)?.data.previous).toBe("crashed");
    expect(again.task(failed)).toMatchObject({ state: "dead", error: { reason: "interrupted" } });
    expect(again.task(retried)).toMatchObject({ state: "running", attempts: 2 });
    expect(again.task(waiting).state).toBe("waiting");
    expect(again.stateOf("a")).toBe("running");
    for (const call of [...agent.working].slice(-2)) call.done();
    await again.pass(0);
    expect(again.task(queued).state).toBe("succeeded");
  });

  it("keep their backoff and their agents' cooldown, to the original moment", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a", { policy: { cooldownMs: 60_000 } });
    const task = await engine.submit({ agent: "a" });
    agent.last.fail("no");
    await engine.pass(20_000);
    const again = await engine.reopened({ downMs: 15_000 });
    expect(again.stateOf("a")).toBe("blocked");
    await again.pass(24_999);
    expect(agent.calls).toHaveLength(1);
    await again.pass(1);
    expect(agent.calls).toHaveLength(2);
    expect(again.task(task).state).toBe("running");
  });

  it("end the same way wherever the journal was cut, each effect journaled once", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { retries: 1 } } });
    const agent = await engine.agent("a", { policy: { cooldownMs: 1 } });
    agent.automatic = (call) => (call.attempt === 1 ? call.fail("no") : call.done("yes"));
    const task = await engine.submit({ agent: "a" });
    await engine.pass(60_000);
    expect(engine.task(task).state).toBe("succeeded");
    const from = engine.told("task.submitted")[0]?.sequence ?? 0;
    for (let after = from; after <= engine.events.length; after++) {
      const again = await engine.reopened({ after });
      await again.pass(60_000);
      expect([after, again.task(task).state]).toEqual([after, "succeeded"]);
      expect([after, again.told("task.succeeded").length]).toEqual([after, 1]);
      expect([after, again.stateOf("a")]).toEqual([after, "idle"]);
    }
  });
});

describe("a clean stop", () => {
  it("lets what runs finish, takes no new work, and loses nothing", async () => {
    const engine = await VirtualEngine.open();
    const agent = await engine.agent("a");
    const [running, queued] = [await engine.submit({ agent: "a" }), await engine.submit({ agent: "a" })];
    const stopping = engine.stop();
    await engine.pass(1_000);
    await expect(engine.runtime.tasks.submit({ agent: "a", input: null }, "me")).rejects.toMatchObject({
      code: "engine.stopping",
    });
    agent.last.done("in time");
    await engine.pass(0);
    await stopping;
    expect(engine.events.at(-1)?.type).toBe("engine.stopped");
    expect(engine.task(running)).toMatchObject({ state: "succeeded", output: "in time" });
    expect(agent.calls).toHaveLength(1);
    const again = await engine.reopened();
    expect(again.told("engine.started").at(-1)?.data.previous).toBe("clean");
    expect(again.task(queued).state).toBe("running");
  });

  it("in the middle of a remedy holds nothing against it: the next start takes it up", async () => {
    const health = { check: "http_ok", params: { url: "http://upstream/health" } };
    const asking = { type: "http_request", params: { method: "GET", url: "http://upstream/step" } };
    const grants = ["fs.write:/srv/**", "http:GET upstream/*"];
    const cases = [
      { point: "pre-check", more: { prechecks: [health] }, outcome: "fixed" },
      { point: "probe", more: {}, outcome: "fixed" },
      // Whether it was done cannot be known, and it is not done twice.
      { point: "step", more: { actions: [asking], grants, tests: [] }, outcome: "unverified" },
    ];
    for (const { point, more, outcome } of cases) {
      const engine = await open(mending(more));
      // Answers nothing until it is told to stop.
      engine.world.web = ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
      await engine.publish(broken);
      for (const { id, run, planHash } of engine.runtime.views.approvals.waiting())
        await engine.publish({
          type: "approval.decided",
          data: { approvalId: id, runId: run, decision: "approved", by: "operator:me", planHash, reason: "" },
        });
      await engine.pass(1_500);
      expect([point, engine.world.requests.length]).toEqual([point, 1]);
      const stopping = engine.stop();
      await engine.pass(1_000);
      await stopping;
      expect([point, settled(engine.events)]).toEqual([point, []]);
      healthOf(engine.world, 200);
      const again = await engine.reopened();
      await again.pass(30_000);
      expect([point, settled(again.events).map(({ data }) => data)]).toMatchObject([point, [{ outcome }]]);
    }
  });

  it("interrupts after its grace what does not finish, and runs it again after the next start", async () => {
    const engine = await VirtualEngine.open({ config: { shutdown: { graceMs: 5_000 } } });
    const agent = await engine.agent("a");
    const task = await engine.submit({ agent: "a", retries: 0 });
    const stopping = engine.stop();
    await engine.pass(4_999);
    expect(agent.working.size).toBe(1);
    await engine.pass(1);
    await stopping;
    expect(agent.working.size).toBe(0);
    expect(engine.task(task)).toMatchObject({ state: "waiting", error: { reason: "interrupted" } });
    const again = await engine.reopened();
    expect(again.stateOf("a")).toBe("running");
    agent.last.done();
    await again.pass(0);
    expect(again.task(task).state).toBe("succeeded");
  });

  it("has one run for an event, though another playbook would answer it too", async () => {
    const engine = await VirtualEngine.open({
      playbooks: [mending(), mending({ id: "other", target: { kind: "file", id: SECOND_FILE } })],
    });
    await engine.world.files.write(CONFIG_FILE, "old");
    healthOf(engine.world, 200);
    await engine.publish(broken);
    const again = await engine.reopened({ downMs: 100 });
    await again.pass(30_000);
    expect(again.told("playbook.matched").map(({ data }) => data.playbookId)).toEqual(["mend"]);
    expect(again.told("playbook.suppressed")).toEqual([]);
  });
});
