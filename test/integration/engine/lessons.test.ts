import { describe, expect, it } from "vitest";
import { lessonsDoor } from "../../../src/runtime/doors/knowledge-doors.ts";
import { healthOf, restoring } from "../../support/playbooks.ts";
import type { Puppet } from "../../support/puppet.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { VirtualEngine, type VirtualOptions, volatilePalace, World } from "../../support/virtual-engine.ts";

const remedy = restoring;

/** Room for more runs in an hour than the limits would allow. */
const limits = { targetPerHour: 100, targetPerDay: 100, playbookPerHour: 100, allPerHour: 100 };

interface Opened {
  readonly engine: VirtualEngine;
  readonly agent: Puppet;
  readonly fail: (file: string) => Promise<void>;
}

async function open(more: VirtualOptions = {}): Promise<Opened> {
  const engine = await VirtualEngine.open({ playbooks: [remedy], config: { reactor: { limits } }, ...more });
  healthOf(engine.world, 200);
  const agent = await engine.agent("reader", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
  const fail = async (file: string) => {
    const { length } = agent.calls;
    await engine.submit({ agent: "reader", input: { file }, retries: 0 });
    if (agent.calls.length === length) throw new Error("the agent was given nothing");
    agent.last.fail(`ENOENT: no such file or directory, open '${file}'`, { code: "ENOENT" });
    await engine.pass(10_000);
  };
  return { engine, agent, fail };
}

const lessonOf = async (engine: VirtualEngine) => (await lessonsDoor(engine.runtime).list())[0];
const settled = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data);

describe("a lesson", () => {
  it("is told to the journal as stored once, also by the next start when a crash came between storing and telling", async () => {
    const clock = new VirtualClock();
    const palace = await volatilePalace(clock, new World());
    const { engine, fail } = await open({ palace, playbooks: [] });
    engine.delay("memory.stored");
    for (const file of ["/srv/a", "/srv/b", "/srv/c"]) await fail(file);
    const [drafted] = engine.told("lesson.drafted");
    const key = drafted?.data.lessonId ?? "";
    expect(await palace.get(key)).toMatchObject({ kind: "lesson" });
    expect(engine.told("memory.stored")).toEqual([]);
    const next = await engine.reopened();
    expect(next.told("memory.stored").map(({ data }) => data)).toMatchObject([{ key, kind: "lesson" }]);
    const last = await next.reopened();
    expect(last.told("memory.stored")).toHaveLength(1);
  });

  it("is drafted when one failure has struck three tasks, whatever paths and ids it names", async () => {
    const { engine, fail } = await open();
    await fail("/srv/in/a.csv");
    await fail("/srv/in/b-1234.csv");
    expect(await lessonOf(engine)).toBeUndefined();
    await fail("/srv/in/c/0001.csv");
    expect(engine.told("failure.observed").map(({ data }) => data.tasks)).toEqual([1, 2, 3]);
    expect(engine.told("lesson.drafted")).toMatchObject([{ data: { evidence: { length: 3 } } }]);
  });

  it("counts a task once, however often its attempts fail", async () => {
    const { engine, agent } = await open();
    await engine.submit({ agent: "reader", input: { file: "/srv/a" }, retries: 5 });
    for (let n = 0; n < 5; n++) {
      agent.last.fail("ENOENT: no such file or directory, open '/srv/a'");
      await engine.pass(60_000);
    }
    expect(engine.told("failure.observed").at(-1)?.data.tasks).toBe(1);
    expect(engine.told("lesson.drafted")).toEqual([]);
  });

  it("is verified by the first verified fix, acts by itself from then on, and is hardened after five", async () => {
    const { engine, fail } = await open();
    for (const file of ["/srv/1", "/srv/2", "/srv/3"]) await fail(file);
    expect(settled(engine)).toMatchObject([{ via: "trigger", outcome: "fixed", target: { id: "/srv/3" } }]);
    expect(await lessonOf(engine)).toMatchObject({ level: "verified", remedy: "restore", fixes: 1, targets: 1 });
    for (const file of ["/srv/4", "/srv/5", "/srv/6", "/srv/7"]) {
      expect((await lessonOf(engine))?.level).toBe("verified");
      await fail(file);
      expect(settled(engine).at(-1)).toMatchObject({ via: "lesson", outcome: "fixed", target: { id: file } });
    }
    expect(await lessonOf(engine)).toMatchObject({ level: "hardened", fixes: 5, targets: 5, failures: 0 });
    expect(engine.told("lesson.promoted").map(({ data }) => `${data.from} ${data.to}`)).toEqual([
      "draft verified",
      "verified hardened",
    ]);
  });

  it("falls when its remedy fails twice, and then no longer acts by itself", async () => {
    const { engine, fail } = await open();
    for (const file of ["/srv/1", "/srv/2", "/srv/3"]) await fail(file);
    healthOf(engine.world, 503);
    await fail("/srv/4");
    expect(settled(engine).at(-1)).toMatchObject({ via: "lesson", outcome: "not_fixed", rollback: "rolled_back" });
    expect(await lessonOf(engine)).toMatchObject({ level: "verified", fixes: 1, failures: 1 });
    await fail("/srv/5");
    expect(await lessonOf(engine)).toMatchObject({ level: "draft", fixes: 1, failures: 2 });
    const before = settled(engine).length;
    await fail("/srv/6");
    expect(settled(engine)).toHaveLength(before);
    expect(engine.told("lesson.demoted")).toMatchObject([{ data: { from: "verified", to: "draft" } }]);
  });

  it("is kept in the memory in masked words, linked to its remedy, and found by what failed", async () => {
    const { engine, fail } = await open();
    for (const file of ["/srv/secret-1", "/srv/secret-2", "/srv/secret-3"]) await fail(file);
    await engine.runtime.lessons.settled();
    const { palace } = engine.runtime;
    const lesson = await lessonOf(engine);
    expect(lesson?.content).toContain("ENOENT: no such file or directory");
    expect(lesson?.content).not.toContain("secret");
    const { items } = await palace.query("no such file ENOENT", { filter: { kind: "lesson" }, space: "shared" });
    expect(items.map(({ key }) => key)).toEqual([lesson?.id]);
    const near = await palace.neighbours(lesson?.id ?? "", { relations: ["fixes"], space: "shared" });
    expect(near.map(({ item }) => item.key)).toEqual(["playbook-restore"]);
    const { fixedBy, lessons } = await palace.sequel(lesson?.fingerprint ?? "");
    expect(fixedBy).toMatchObject([{ key: "playbook-restore", evidence: [expect.any(String)] }]);
    expect(lessons).toMatchObject([{ key: lesson?.id }]);
  });

  it("stands after a restart where it stood, and its text comes back where the memory had lost it", async () => {
    const { engine, fail } = await open();
    for (const file of ["/srv/1", "/srv/2", "/srv/3"]) await fail(file);
    const before = await lessonOf(engine);
    const again = await engine.reopened();
    await again.runtime.lessons.settled();
    expect(await lessonOf(again)).toMatchObject({ ...before, updatedAtMs: expect.any(Number) as number });
  });

  it("loses its credit when what was fixed comes back at once", async () => {
    const { engine, fail } = await open();
    for (const file of ["/srv/1", "/srv/2", "/srv/3"]) await fail(file);
    expect(await lessonOf(engine)).toMatchObject({ fixes: 1, failures: 0, level: "verified" });
    // The same file again, within ten times the settle delay.
    const settledAt = engine.told("playbook.settled").at(-1)?.at ?? 0;
    expect(engine.clock.now() - settledAt).toBeLessThan(10_000);
    await fail("/srv/3");
    expect(engine.told("playbook.relapsed")).toMatchObject([{ data: { target: { id: "/srv/3" } } }]);
    expect(engine.told("lesson.demoted")).toMatchObject([{ data: { from: "verified", to: "draft" } }]);
    expect(engine.told("lesson.credited").map(({ data }) => data)).toContainEqual(
      expect.objectContaining({ verdict: "relapsed", fixes: 0, failures: 1 }),
    );
    const [relapsed] = engine.runtime.views.runs.list().filter(({ outcome }) => outcome === "relapsed");
    expect(relapsed?.target.id).toBe("/srv/3");
    expect(engine.told("incident.opened")).toMatchObject([{ data: { needsPerson: true } }]);
  });
});
