import { describe, expect, it } from "vitest";
import { effectOfMessage, effectOfRestart, effectsOfRun, effectsOfTask } from "../../../../src/actors/views/ledger.ts";
import { NotificationsView } from "../../../../src/actors/views/notifications.ts";
import { RestartsView } from "../../../../src/actors/views/restarts.ts";
import { RunsView } from "../../../../src/actors/views/runs.ts";
import { facts, Story } from "../../../support/story.ts";
import { VirtualEngine } from "../../../support/virtual-engine.ts";

describe("the ledger of effects", () => {
  it("has each attempt of a task with its key and outcome, also one that was cut off with its engine", async () => {
    const engine = await VirtualEngine.open();
    await engine.agent("a");
    const id = await engine.submit({ agent: "a" });
    expect(effectsOfTask(engine.task(id))).toMatchObject([
      { effect: "task on a", key: `${id}/1`, attempt: 1, outcome: "under_way" },
    ]);
    const again = await engine.reopened();
    await again.pass(120_000);
    const [first, second] = effectsOfTask(again.task(id));
    expect(first).toMatchObject({ key: `${id}/1`, outcome: "interrupted" });
    expect(second).toMatchObject({ key: `${id}/2`, attempt: 2, outcome: "under_way" });
    const started = again.told("task.started").map(({ data }) => data.key);
    expect(started).toEqual([`${id}/1`, `${id}/2`]);
  });

  it("has each step of a run and each undo under their keys, with how often they were tried and how they ended", () => {
    const story = new Story(1_000);
    const view = new RunsView();
    const tell: Story["tell"] = (type, data) => {
      const event = story.tell(type, data);
      view.apply(event);
      return event;
    };
    const of = () => effectsOfRun(view.get("r") ?? { steps: [], state: "matched" });
    tell("playbook.matched", facts.matched("r"));
    expect(of()).toEqual([]);
    const step = { runId: "r", action: "restore_file", step: 0, key: "r/step/0" };
    tell("run.step_started", { ...step, attempt: 1 });
    tell("run.step_started", { ...step, attempt: 2 });
    expect(of()).toMatchObject([{ effect: "restore_file", key: "r/step/0", attempt: 2, outcome: "under_way" }]);
    tell("run.step_completed", { ...step, ok: true, detail: "12 bytes" });
    tell("run.undo_started", { ...step, key: "r/undo/0", attempt: 1 });
    tell("run.undo_completed", { ...step, key: "r/undo/0", ok: false, same: null, detail: "the disk is full" });
    expect(of()).toMatchObject([
      { key: "r/step/0", outcome: "done" },
      { effect: "undo restore_file", key: "r/undo/0", attempt: 1, outcome: "failed", detail: "the disk is full" },
    ]);
  });

  it("has each message to people, on its channel, with its tries and how that ended", () => {
    const story = new Story(1_000);
    const view = new NotificationsView();
    const message = { key: "incident-1/opened/0", channel: "webhook" };
    const of = () => view.list().map(effectOfMessage);
    view.apply(story.tell("notification.failed", { ...message, attempt: 1, message: "refused", retryAtMs: 9_000 }));
    const effect = { effect: "message by webhook", key: message.key };
    expect(of()).toMatchObject([{ ...effect, attempt: 1, outcome: "under_way", detail: "refused" }]);
    view.apply(story.tell("notification.sent", { ...message, text: "it broke" }));
    expect(of()).toMatchObject([{ ...effect, attempt: 2, outcome: "done", detail: "it broke" }]);
    view.apply(story.tell("notification.failed", { ...message, key: "other", attempt: 8, message: "gone" }));
    expect(of()[0]).toMatchObject({ key: "other", attempt: 8, outcome: "failed" });
  });

  it("has what supervisors did to resident processes, under the keys of their effects", () => {
    const story = new Story(1_000);
    const view = new RestartsView();
    const by = { supervisor: "residents/group:crew", attempt: 3, reason: "exit code 1" };
    for (const [did, agentId] of [
      ["ended", "b"],
      ["restarted", "a"],
    ] as const)
      view.apply(
        story.tell("agent.resident_changed", { ...by, agentId, did, key: `${by.supervisor}/3/${did}/${agentId}` }),
      );
    expect(view.list().map(effectOfRestart)).toMatchObject([
      { effect: "restart of a", key: "residents/group:crew/3/restarted/a", attempt: 3, outcome: "done" },
      { effect: "end of b", attempt: 3, outcome: "done", detail: "exit code 1" },
    ]);
  });

  it("says that an effect has no outcome once its run is over without one", () => {
    const step = { step: 0, action: "run_command", says: "", state: "started", key: "r/step/0", attempt: 1 } as const;
    expect(effectsOfRun({ steps: [step], state: "settled" })).toMatchObject([{ outcome: "none" }]);
  });
});
