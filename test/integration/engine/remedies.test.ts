import { describe, expect, it } from "vitest";
import { AiosError } from "../../../src/kernel/errors.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const posting = (host: string) => ({ type: "http_request", params: { method: "POST", url: `http://${host}/` } });

/** An engine beside a file that it may change and an upstream whose health is told. */
async function open(playbook: object, options: VirtualOptions = {}): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ ...options, playbooks: [playbook] });
  await engine.world.files.write(CONFIG_FILE, "old", { mode: 0o640 });
  return engine;
}

const content = (engine: VirtualEngine) => engine.world.files.readText(CONFIG_FILE);
const settled = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data);
/** What was done, in order, as the journal tells it. */
const deeds = (engine: VirtualEngine) =>
  engine.events.flatMap(({ type, data }) =>
    type === "run.step_completed" || type === "run.undo_completed"
      ? [`${type.slice(4)} ${(data as { action: string }).action} ${(data as { ok: boolean }).ok ? "ok" : "failed"}`]
      : [],
  );

describe("a remedy", () => {
  it("counts as fixed once another signal has said so often enough, after a delay, and then stays", async () => {
    const engine = await open(mending());
    healthOf(engine.world, 200);
    await engine.publish(broken);
    expect(await content(engine)).toBe("new");
    await engine.pass(999);
    expect(engine.told("run.probed")).toEqual([]);
    await engine.pass(1);
    expect(engine.told("run.probed")).toHaveLength(1);
    expect(settled(engine)).toEqual([]);
    await engine.pass(500);
    expect(settled(engine)).toMatchObject([{ playbookId: "mend", outcome: "fixed", rollback: "none", residue: [] }]);
    expect(engine.told("playbook.executed")).toMatchObject([{ data: { ok: true, steps: 1, rehearsed: false } }]);
    await engine.pass(60_000);
    expect(await content(engine)).toBe("new");
    expect(engine.runtime.views.incidents.list()).toEqual([]);
  });

  it("that did not help is taken back, compared with the state before, and handed to a person", async () => {
    const engine = await open(mending());
    healthOf(engine.world, 503);
    await engine.publish(broken);
    await engine.pass(2_000);
    expect(settled(engine)).toMatchObject([
      { outcome: "not_fixed", rollback: "rolled_back", reason: expect.stringContaining("503") as string },
    ]);
    expect(await content(engine)).toBe("old");
    expect(await engine.world.files.stat(CONFIG_FILE)).toMatchObject({ mode: 0o640 });
    expect(engine.told("run.undo_completed")).toMatchObject([{ data: { ok: true, same: true } }]);
    expect(engine.runtime.views.incidents.list()).toMatchObject([
      { state: "open", needsPerson: true, severity: "error", target: { kind: "file", id: CONFIG_FILE } },
    ]);
  });

  it("needs as many good readings as it says, and gives up when they can no longer come", async () => {
    const cases: readonly (readonly [readonly [number, ...number[]], string, number])[] = [
      [[503, 200, 200], "fixed", 3],
      [[200, 503, 503], "not_fixed", 3],
      [[503, 503], "not_fixed", 2],
    ];
    for (const [statuses, outcome, probes] of cases) {
      const engine = await open(mending());
      healthOf(engine.world, ...statuses);
      await engine.publish(broken);
      await engine.pass(10_000);
      expect(settled(engine)).toMatchObject([{ outcome }]);
      expect(engine.told("run.probed")).toHaveLength(probes);
    }
  });

  it("whose validation cannot be read is unverified, never fixed, and taken back", async () => {
    const engine = await open(mending());
    engine.world.web = () => Promise.reject(new AiosError("internal", "the reader itself is broken"));
    await engine.publish(broken);
    await engine.pass(10_999);
    expect(settled(engine)).toEqual([]);
    await engine.pass(1);
    expect(settled(engine)).toMatchObject([{ outcome: "unverified", rollback: "rolled_back" }]);
    expect(await content(engine)).toBe("old");
    expect(engine.runtime.views.incidents.list()).toMatchObject([{ needsPerson: true }]);
  });

  it("that names no validation is unverified at once, and what it did is taken back unless it says otherwise", async () => {
    for (const [rollback, after, word] of [
      [true, "old", "rolled_back"],
      [false, "new", "residue"],
    ] as const) {
      const engine = await open(mending({ rollback, validation: { check: "none" } }));
      await engine.publish(broken);
      expect(settled(engine)).toMatchObject([{ outcome: "unverified", rollback: word }]);
      expect(engine.told("run.probed")).toEqual([]);
      expect(await content(engine)).toBe(after);
    }
  });

  it("is refused without any effect where a pre-check does not hold, or cannot be read", async () => {
    for (const check of [
      { check: "file_exists", params: { path: "/srv/none" } },
      { check: "agent_healthy", params: { target: "nobody" } },
    ]) {
      const engine = await open(mending({ prechecks: [check] }));
      await engine.publish(broken);
      await engine.pass(10_000);
      expect(settled(engine)).toMatchObject([
        { outcome: "refused", rollback: "none", reason: expect.stringContaining(check.check) as string },
      ]);
      expect(deeds(engine)).toEqual([]);
    }
  });

  it("is refused where nothing is selected or a value is missing, once while that lasts, and tried once it can be", async () => {
    const ending = { type: "kill_process", target: "idle_agents" };
    const naming = { type: "restart_agent", target: { $ref: "event.data.agentId" } };
    for (const [action, reason] of [
      [ending, "nothing_selected"],
      [naming, "event.data.agentId"],
    ] as const) {
      const engine = await open(mending({ actions: [action], grants: ["process.signal:own"] }));
      await engine.publish(broken);
      await engine.publish(broken);
      expect(settled(engine)).toMatchObject([
        { outcome: "refused", reason: expect.stringContaining(reason) as string },
      ]);
      expect(engine.told("playbook.suppressed")).toMatchObject([{ data: { reason: "cooldown" } }]);
      expect(deeds(engine)).toEqual([]);
      if (action !== naming) continue;
      await engine.agent("a");
      await engine.publish({ type: "build.broken", data: { agentId: "a" } });
      expect(engine.told("playbook.matched")).toHaveLength(1);
    }
  });

  it("takes back what it did, newest first, when one of its actions fails", async () => {
    const second = { type: "write_file", params: { path: "/srv/second", content: "2" } };
    const engine = await open(mending({ actions: [...mending().actions, second, posting("upstream")], risk: "low" }));
    engine.world.web = ({ method }) => ({ status: method === "POST" ? 500 : 200, headers: {}, body: "" });
    await engine.publish(broken);
    const [approval] = engine.runtime.views.approvals.waiting();
    // What cannot be undone outside is never done without asking.
    expect(approval).toMatchObject({ risk: "medium" });
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
    await engine.pass(10_000);
    expect(deeds(engine)).toEqual([
      "step_completed write_file ok",
      "step_completed write_file ok",
      "step_completed http_request failed",
      "undo_completed write_file ok",
      "undo_completed write_file ok",
    ]);
    expect(engine.told("run.undo_completed").map(({ data }) => data.step)).toEqual([1, 0]);
    expect(await content(engine)).toBe("old");
    expect(await engine.world.files.exists("/srv/second")).toBe(false);
    expect(settled(engine)).toMatchObject([{ outcome: "not_fixed", reason: expect.stringContaining("500") as string }]);
  });

  it("goes on after a failed action that says so", async () => {
    const failing = { type: "restore_file", onFailure: "continue", params: { path: "/srv/a", source: "/srv/none" } };
    const engine = await open(
      mending({ actions: [failing, ...mending().actions], grants: ["fs.write:/srv/**", "fs.read:/srv/**"] }),
    );
    healthOf(engine.world, 200);
    await engine.publish(broken);
    await engine.pass(5_000);
    expect(deeds(engine)).toEqual(["step_completed restore_file failed", "step_completed write_file ok"]);
    expect(settled(engine)).toMatchObject([{ outcome: "fixed" }]);
  });

  it("says what is left where somebody else changed it meanwhile, and leaves that alone", async () => {
    const engine = await open(mending());
    healthOf(engine.world, 503);
    await engine.publish(broken);
    await engine.world.files.write(CONFIG_FILE, "somebody else's");
    await engine.pass(5_000);
    expect(settled(engine)).toMatchObject([
      {
        outcome: "not_fixed",
        rollback: "residue",
        residue: [expect.stringContaining("changed by somebody else") as string],
      },
    ]);
    expect(await content(engine)).toBe("somebody else's");
    expect(engine.runtime.views.incidents.list()).toMatchObject([{ severity: "critical" }]);
  });

  it("resets the breaker of the agent that it verifiably helped", async () => {
    const engine = await open(
      mending({
        trigger: { event_type: "failure.observed" },
        target: { kind: "agent", id: { $ref: "event.data.agentId" } },
        tests: [{ event: { type: "failure.observed" }, expect: "match" }],
      }),
    );
    healthOf(engine.world, 200);
    const agent = await engine.agent("a", { policy: { failureThreshold: 1, openMs: 3_600_000 } });
    await engine.submit({ agent: "a", retries: 0 });
    agent.last.fail("no");
    await engine.pass(0);
    expect(engine.stateOf("a")).toBe("degraded, open");
    await engine.pass(2_000);
    expect(engine.stateOf("a")).toBe("idle");
    expect(engine.told("agent.reset")).toMatchObject([{ data: { by: "reactor" } }]);
    expect(engine.runtime.views.incidents.list()).toMatchObject([{ state: "resolved" }]);
  });
});
