import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../src/config.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;

type Limits = NonNullable<ConfigInput["reactor"]>["limits"];

async function open(playbooks: readonly object[] = [mending()], limits: Limits = {}): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks, config: { reactor: { limits } } });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  return engine;
}

const reasons = (engine: VirtualEngine) => engine.told("playbook.suppressed").map(({ data }) => data.reason);
const outcomes = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data.outcome);

/** Publishes the trigger once more and lets the run, if there is one, come to its end. */
async function again(engine: VirtualEngine): Promise<void> {
  await engine.publish(broken);
  await engine.pass(30_000);
}

describe("a limit, over the whole engine", () => {
  it("lets one run at a time work on a target", async () => {
    const engine = await open();
    await engine.publish(broken);
    await engine.publish(broken);
    expect(reasons(engine)).toEqual(["coalesced"]);
    await engine.pass(5_000);
    expect(outcomes(engine)).toEqual(["fixed"]);
  });

  it("decides two triggers that come at once one after the other", async () => {
    const engine = await open();
    await Promise.all([engine.runtime.bus.publish(broken), engine.runtime.bus.publish(broken)]);
    await engine.pass(0);
    expect(engine.told("playbook.matched")).toHaveLength(1);
    expect(reasons(engine)).toEqual(["coalesced"]);
  });

  it("lets a target rest after a run, and longer each time that nothing was verifiably fixed", async () => {
    const engine = await open([mending({ cooldownMs: 60_000 })]);
    healthOf(engine.world, 503);
    await again(engine);
    await again(engine);
    expect(reasons(engine)).toEqual(["cooldown"]);
    await engine.pass(60_000);
    await again(engine);
    expect(outcomes(engine)).toEqual(["not_fixed"]);
    await engine.pass(60_000);
    await again(engine);
    expect(outcomes(engine)).toEqual(["not_fixed", "not_fixed"]);
  });

  it("stops a playbook that failed three times in a row, until one trial after an hour", async () => {
    const engine = await open([mending({ cooldownMs: 0 })], { targetPerHour: 99, targetPerDay: 99, cooldownCapMs: 0 });
    healthOf(engine.world, 503);
    for (let n = 0; n < 4; n++) await again(engine);
    expect(outcomes(engine)).toEqual(["not_fixed", "not_fixed", "not_fixed"]);
    expect(reasons(engine)).toEqual(["breaker"]);
    healthOf(engine.world, 200);
    await engine.pass(3_600_000);
    await again(engine);
    expect(outcomes(engine).at(-1)).toBe("fixed");
    await engine.pass(600_000);
    await again(engine);
    expect(outcomes(engine)).toHaveLength(5);
  });

  it("stops a playbook whose own effect calls for it again", async () => {
    const loop = mending({
      target: { kind: "host", id: "local" },
      // What the trigger holds nobody knows before: only the guard at run time can see this loop.
      actions: [{ type: "emit_event", params: { event_type: "build.broken", data: { of: { $ref: "event.id" } } } }],
      grants: ["event.emit:build.broken"],
      validation: { check: "http_ok", params: { url: "http://upstream/" }, settleMs: 0, probes: 1, intervalMs: 10 },
      cooldownMs: 0,
    });
    const engine = await open([loop], { targetPerHour: 99, cooldownCapMs: 0 });
    // Each answer to the event publishes it once more, while the run that did so still holds its target.
    for (let n = 0; n < 6; n++) {
      const cause = engine.events.filter(({ type }) => type === "build.broken").at(-1);
      await engine.publish({ ...broken, ...(cause === undefined ? {} : { cause }) });
      await engine.pass(1_000);
    }
    expect(reasons(engine)).toContain("loop_stopped");
    expect(engine.told("playbook.matched")).toHaveLength(3);
  });

  it("remembers over a restart what it had counted", async () => {
    const engine = await open();
    await again(engine);
    const restarted = await engine.reopened();
    await restarted.publish(broken);
    expect(reasons(restarted)).toEqual(["cooldown"]);
  });

  it("works on one agent of a small group at a time", async () => {
    const engine = await open([mending({ target: { kind: "agent", id: { $ref: "event.data.agentId" } } })]);
    for (const id of ["a", "b"]) await engine.agent(id, { group: "twins" });
    await engine.publish({ type: "build.broken", data: { agentId: "a" } });
    await engine.publish({ type: "build.broken", data: { agentId: "b" } });
    expect(reasons(engine)).toEqual(["blast_radius"]);
  });

  it("enters a storm when too much matches at once, in which only P0 acts, and leaves it when it is quiet", async () => {
    const engine = await open(undefined, { stormPerMinute: 5, stormQuietMs: 60_000 });
    for (let n = 0; n < 6; n++) await engine.publish(broken);
    expect(engine.told("reactor.storm_entered")).toHaveLength(1);
    await engine.pass(10_000);
    await engine.publish(broken);
    expect(reasons(engine).at(-1)).toBe("storm");
    await engine.publish({ ...broken, severity: "critical" });
    expect(reasons(engine).at(-1)).not.toBe("storm");
    await engine.pass(300_000);
    expect(engine.told("reactor.storm_left")).toHaveLength(1);
    await engine.pass(600_000);
    await again(engine);
    expect(outcomes(engine).at(-1)).toBe("fixed");
  });
});

describe("a storm over a group", () => {
  it.each([
    ["enters when two fifths of its agents are struck, whatever it is that is to be mended", "b", 1],
    ["is none while the same agent is struck again", "a", 0],
  ])("%s", async (_what, second, storms) => {
    const engine = await open();
    for (const id of ["a", "b", "c", "d", "e"]) await engine.agent(id, { group: "five" });
    await engine.publish({ type: "build.broken", data: { agentId: "a" } });
    await engine.publish({ type: "build.broken", data: { agentId: second } });
    expect(engine.told("playbook.matched")).toMatchObject([{ data: { target: { kind: "file" } } }]);
    expect(engine.told("reactor.storm_entered")).toHaveLength(storms);
  });
});

describe("a fix that does not hold", () => {
  it("loses its credit when its trigger comes back within ten settle delays", async () => {
    const engine = await open([mending({ cooldownMs: 0 })]);
    await engine.publish(broken);
    await engine.pass(2_000);
    expect(outcomes(engine)).toEqual(["fixed"]);
    await engine.pass(8_000);
    await engine.publish(broken);
    expect(engine.told("playbook.relapsed")).toHaveLength(1);
    const runs = engine.runtime.views.runs.list().map(({ outcome }) => outcome);
    expect(runs).toContain("relapsed");
    expect(engine.runtime.views.playbooks.get("mend")?.outcomes).toMatchObject({ fixed: 0, relapsed: 1 });
    expect(engine.runtime.views.incidents.list()).toMatchObject([
      { title: expect.stringContaining("came back") as string, needsPerson: true },
    ]);
  });

  it("keeps its credit when its trigger comes back later", async () => {
    const engine = await open([mending({ cooldownMs: 0 })]);
    await engine.publish(broken);
    await engine.pass(12_000);
    await again(engine);
    expect(engine.told("playbook.relapsed")).toEqual([]);
    expect(outcomes(engine)).toEqual(["fixed", "fixed"]);
  });

  it("loses it also where a limit keeps the second run from acting, and after a restart in between", async () => {
    const engine = await open();
    await engine.publish(broken);
    await engine.pass(2_000);
    const restarted = await engine.reopened();
    await restarted.publish(broken);
    expect(reasons(restarted)).toEqual(["cooldown"]);
    expect(restarted.told("playbook.relapsed")).toHaveLength(1);
  });
});

describe("several playbooks for one event", () => {
  it("let the better proven one act and tell of nobody else", async () => {
    const other = mending({
      id: "other",
      actions: [{ type: "write_file", params: { path: CONFIG_FILE, content: "other" } }],
      cooldownMs: 0,
    });
    const engine = await open([mending({ id: "zz", cooldownMs: 0 }), other], { cooldownCapMs: 0 });
    healthOf(engine.world, 503);
    await again(engine);
    expect(engine.told("playbook.settled")).toMatchObject([{ data: { playbookId: "other", outcome: "not_fixed" } }]);
    healthOf(engine.world, 200);
    await again(engine);
    expect(engine.told("playbook.settled").at(-1)?.data).toMatchObject({ playbookId: "zz", outcome: "fixed" });
  });

  it("leave out those that a person disabled", async () => {
    const engine = await open();
    await engine.publish({ type: "playbook.disabled", data: { playbookId: "mend", by: "me" } });
    await again(engine);
    expect(engine.told("playbook.matched")).toEqual([]);
    const restarted = await engine.reopened();
    await again(restarted);
    expect(restarted.told("playbook.matched")).toEqual([]);
    await restarted.publish({ type: "playbook.enabled", data: { playbookId: "mend", by: "me" } });
    await again(restarted);
    expect(outcomes(restarted)).toEqual(["fixed"]);
  });
});
