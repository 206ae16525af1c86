import { describe, expect, it } from "vitest";
import { lessonsDoor } from "../../../src/runtime/doors/knowledge-doors.ts";
import { healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };
const limits = { cooldownMs: 0, targetPerHour: 100, targetPerDay: 100, playbookPerHour: 100, allPerHour: 100 };

/** Answers the failures of tasks whose input asks for it by name. */
const named = (id: string) =>
  mending({
    id,
    trigger: { event_type: "failure.observed", conditions: { path: "task.input.by", eq: id } },
    actions: [{ type: "write_file", params: { path: `/srv/${id}`, content: "x" } }],
    tests: [{ event: { type: "failure.observed" }, facts: { task: { input: { by: id } } }, expect: "match" }],
  });

/** An engine with two playbooks, an agent, and a way to let a task fail that one of them, or nobody, answers. */
async function open() {
  const engine = await VirtualEngine.open({
    playbooks: [named("first"), named("second")],
    config: { reactor: { limits } },
  });
  const agent = await engine.agent("reader", { policy: patient });
  const fail = async (by: string, health = 200) => {
    healthOf(engine.world, health);
    await engine.submit({ agent: "reader", input: { by }, retries: 0 });
    agent.last.fail("the disk is broken");
    await engine.pass(60_000);
    await engine.runtime.lessons.settled();
  };
  return { engine, fail };
}

async function known(engine: VirtualEngine) {
  const { palace } = engine.runtime;
  const [lesson] = await palace.list({ kind: "lesson" });
  const tied = await palace.neighbours(lesson?.key ?? "", { relations: ["fixes"], space: "shared" });
  return { text: lesson?.content, level: lesson?.level, fixedBy: tied.map(({ item }) => item.key) };
}

describe("the remedy of a lesson", () => {
  it("is replaced, in words and link, by what fixes the failure once it no longer does", async () => {
    const { engine, fail } = await open();
    for (const by of ["nobody", "nobody", "nobody"]) await fail(by);
    expect(await known(engine)).toMatchObject({
      level: "draft",
      text: expect.stringContaining("No remedy is known yet."),
      fixedBy: [],
    });
    await fail("first");
    expect(await known(engine)).toMatchObject({
      level: "verified",
      text: expect.stringContaining("The playbook first fixes it. 1 verified fixes"),
      fixedBy: ["playbook-first"],
    });
    for (let n = 0; n < 2; n++) await fail("first", 503);
    expect(await known(engine)).toMatchObject({ level: "draft", text: expect.stringContaining("not reliably") });
    await fail("second");
    expect(await known(engine)).toMatchObject({
      level: "verified",
      text: expect.stringContaining("The playbook second fixes it."),
      fixedBy: ["playbook-second"],
    });
    const door = lessonsDoor(engine.runtime);
    const [row] = await door.list();
    expect(row?.history).toBeUndefined();
    const history = (await door.get(row?.id ?? ""))?.history ?? [];
    const runs = engine.told("playbook.settled").map(({ data }) => data.runId);
    expect(history.filter(({ says }) => says.includes("moted")).map(({ says, run }) => [says, run])).toEqual([
      ["promoted to verified", runs[0]],
      ["demoted to draft", runs[2]],
      ["promoted to verified", runs[3]],
    ]);
    const moved = [...engine.told("lesson.promoted"), ...engine.told("lesson.demoted")].map(({ sequence }) => sequence);
    expect(history.map(({ sequence }) => sequence)).toEqual(expect.arrayContaining(moved));
  });

  it("is tied to it again where a crash had come in between", async () => {
    const { engine, fail } = await open();
    for (const by of ["nobody", "nobody", "nobody", "first"]) await fail(by);
    const again = await engine.reopened();
    await again.runtime.lessons.settled();
    const [lesson] = await again.runtime.palace.list({ kind: "lesson" });
    await again.runtime.palace.unlink("playbook-first", lesson?.key ?? "", { space: "shared" });
    // As at a start that finds the text and no link.
    const keeping = again.runtime.lessons.start();
    await again.runtime.lessons.settled();
    keeping[Symbol.dispose]();
    expect((await known(again)).fixedBy).toEqual(["playbook-first"]);
  });
});
