import { describe, expect, it } from "vitest";
import { MOST_DRAFTS, playbookDrafter } from "../../../src/actors/playbook-drafter.ts";
import type { EventData } from "../../../src/events/catalog.ts";
import type { Announcement } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };
const BROKEN = "the disk is broken";

async function failing(engine: VirtualEngine) {
  const agent = await engine.agent("reader", { policy: patient });
  return async (message = BROKEN, by = "nobody") => {
    await engine.submit({ agent: "reader", input: { by }, retries: 0 });
    agent.last.fail(message);
    await engine.pass(60_000);
  };
}

/** Answers the failures of tasks that ask for it, by whichever event tells of them. */
const answering = (event_type: string) =>
  mending({
    id: "answering",
    trigger: { event_type, conditions: { path: "task.input.by", eq: "answering" } },
    tests: [{ event: { type: event_type }, facts: { task: { input: { by: "answering" } } }, expect: "match" }],
  });

describe("a failure that no playbook answers", () => {
  it("gets a draft with its third task, once, with the tasks as evidence", async () => {
    const engine = await VirtualEngine.open();
    const fail = await failing(engine);
    for (let n = 0; n < 2; n++) await fail();
    expect(engine.told("playbook.drafted")).toEqual([]);
    for (let n = 0; n < 3; n++) await fail();
    const [drafted, ...more] = engine.told("playbook.drafted");
    expect(more).toEqual([]);
    expect(drafted?.data).toMatchObject({
      template: BROKEN,
      tasks: 3,
      evidence: { length: 3 },
      examples: [{ agentId: "reader", attempt: 1, reason: "error" }, {}, {}],
    });
    expect(engine.runtime.views.drafts.list()).toMatchObject([{ playbookId: `draft_${drafted?.data.fingerprint}` }]);
    expect(engine.runtime.remedies.rules.find(`draft_${drafted?.data.fingerprint}`)).toBeUndefined();
  });

  it("has its draft after a restart, and is not drafted again", async () => {
    const engine = await VirtualEngine.open();
    const fail = await failing(engine);
    for (let n = 0; n < 3; n++) await fail();
    const rows = engine.runtime.views.drafts.list();
    expect(rows).toHaveLength(1);
    const again = await engine.reopened();
    expect(again.runtime.views.drafts.list()).toEqual(rows);
    const failMore = await failing(again);
    await failMore();
    expect(again.told("playbook.drafted")).toHaveLength(1);
  });

  it.each(["failure.observed", "task.attempt_failed", "task.failed"])(
    "gets none where a playbook answers it by %s, also where a limit holds that back",
    async (type) => {
      const engine = await VirtualEngine.open({ playbooks: [answering(type)] });
      const fail = await failing(engine);
      for (let n = 0; n < 4; n++) await fail(BROKEN, "answering");
      expect(engine.told("lesson.drafted")).toHaveLength(1);
      expect(engine.told("playbook.suppressed").length).toBeGreaterThan(0);
      expect(engine.told("playbook.drafted")).toEqual([]);
    },
  );

  it("loses its draft when a playbook answers it after all, for good", async () => {
    const engine = await VirtualEngine.open({ playbooks: [answering("failure.observed")] });
    const fail = await failing(engine);
    for (let n = 0; n < 3; n++) await fail();
    expect(engine.runtime.views.drafts.list()).toHaveLength(1);
    await fail(BROKEN, "answering");
    const [matched] = engine.told("playbook.matched");
    expect(engine.told("playbook.draft_withdrawn").map(({ data }) => data)).toMatchObject([
      { why: "answered", by: "answering", evidence: matched?.id },
    ]);
    await fail();
    expect(engine.runtime.views.drafts.list()).toEqual([]);
  });
});

describe("drafts that wait", () => {
  const observed = (fingerprint: string, taskId = "t") =>
    heard("failure.observed", {
      fingerprint,
      ruleVersion: 2,
      template: fingerprint,
      taskId,
      agentId: "a",
      attempt: 1,
      tasks: 3,
      reason: "error",
      lessonId: `lesson-${fingerprint}`,
      level: "draft",
    });
  const told = (outputs: readonly unknown[]) =>
    (outputs as readonly Announcement[]).map(({ event, data }) => [
      event,
      (data as { fingerprint: string }).fingerprint,
    ]);

  it("are bounded: with one more the oldest is withdrawn, and does not come back", () => {
    const drafter = playbookDrafter({ resolve: (id) => id });
    for (let n = 0; n < MOST_DRAFTS; n++)
      expect(told(drafter.hear(observed(`f${n}`)))).toEqual([["playbook.drafted", `f${n}`]]);
    expect(told(drafter.hear(observed("more")))).toEqual([
      ["playbook.drafted", "more"],
      ["playbook.draft_withdrawn", "f0"],
    ]);
    expect(drafter.hear(observed("f0"))).toEqual([]);
  });

  it("go by the name that their failure goes by", () => {
    const names = new Map<string, string>();
    const drafter = playbookDrafter({ resolve: (id) => names.get(id) ?? id });
    drafter.hear(observed("young"));
    names.set("young", "old");
    const aliased = { from: "young", to: "old", why: "evidence", ruleVersion: 2, template: "", tasks: 3, says: [] };
    expect(told(drafter.hear(heard("failure.aliased", aliased as EventData<"failure.aliased">)))).toEqual([
      ["playbook.draft_withdrawn", "young"],
    ]);
    expect(told(drafter.hear(observed("old", "t2")))).toEqual([["playbook.drafted", "old"]]);
    expect(drafter.hear(observed("young", "t3"))).toEqual([]);
  });
});
