import { describe, expect, it } from "vitest";
import { AiosError } from "../../../src/kernel/errors.ts";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me = { role: "operator", id: "me" } as const;
const about = { event: { type: "something.else", data: { path: CONFIG_FILE } } };
const writing = mending({
  parameters: { text: { type: "string", default: "new" } },
  actions: [{ type: "write_file", params: { path: CONFIG_FILE, content: { $ref: "parameters.text" } } }],
});

async function open(playbook: object = writing) {
  const engine = await VirtualEngine.open({ playbooks: [playbook] });
  await engine.world.files.write(CONFIG_FILE, "old", { mode: 0o640 });
  healthOf(engine.world, 200);
  return { engine, door: playbooksDoor(engine.runtime), content: () => engine.world.files.readText(CONFIG_FILE) };
}

describe("a run that a person starts", () => {
  it("is carried out though its trigger does not hold, is verified as ever, and says who started it", async () => {
    const { engine, door, content } = await open();
    const run = await door.run("mend", { about, parameters: {} }, me);
    expect(run).toMatchObject({
      playbook: "mend",
      via: "manual",
      why: expect.arrayContaining(["operator:me started it"]) as string[],
    });
    await engine.pass(60_000);
    expect(await content()).toBe("new");
    expect(engine.told("playbook.settled").map(({ data }) => [data.runId, data.outcome])).toEqual([[run.id, "fixed"]]);
  });

  it("takes the values of the playbook's parameters, and refuses others", async () => {
    const { engine, door, content } = await open();
    await door.run("mend", { about, parameters: { text: "mine" } }, me);
    await engine.pass(60_000);
    expect(await content()).toBe("mine");
    const wrong = await door.run("mend", { about, parameters: { text: 7 } }, me);
    expect(wrong).toMatchObject({ outcome: "refused", reason: "params: parameters.text must be of type string" });
    const stray = await door.run("mend", { about, parameters: { txet: "x" } }, me);
    expect(stray).toMatchObject({ outcome: "refused" });
    expect(await content()).toBe("mine");
  });

  it("is refused while another works on the same target, with the limit's name", async () => {
    const { engine, door } = await open();
    await door.run("mend", { about, parameters: {} }, me);
    const second = door.run("mend", { about, parameters: {} }, me);
    await expect(second).rejects.toThrow(AiosError);
    await expect(second).rejects.toMatchObject({
      code: "playbook.held_back",
      message: expect.stringContaining("coalesced"),
    });
    await engine.pass(60_000);
  });

  it("has the plan that its dry run showed, which left no trace", async () => {
    const { engine, door, content } = await open();
    const before = engine.events.length;
    const rehearsed = await door.rehearseRun("mend", { about, parameters: { text: "mine" } }, me);
    expect(rehearsed).toMatchObject({ verdict: "would_act" });
    expect(engine.events).toHaveLength(before);
    expect(await content()).toBe("old");
    const run = await door.run("mend", { about, parameters: { text: "mine" } }, me);
    expect(run.planHash).toBe(rehearsed.planHash);
    await engine.pass(60_000);
  });

  it("is begun after a crash that came between the wish and the run, once", async () => {
    const { engine, door } = await open();
    await door.run("mend", { about, parameters: {} }, me);
    const wish = engine.told("playbook.run_requested")[0]?.sequence ?? 0;
    const again = await engine.reopened({ after: wish });
    healthOf(again.world, 200);
    await again.pass(60_000);
    expect(again.told("playbook.settled").map(({ data }) => [data.via, data.outcome])).toEqual([["manual", "fixed"]]);
  });
});
