import { describe, expect, it } from "vitest";
import { explainRun } from "../../../../src/actors/views/run-row.ts";
import { RunsView } from "../../../../src/actors/views/runs.ts";
import { facts, Story } from "../../../support/story.ts";

function open() {
  const story = new Story(1_000);
  const view = new RunsView();
  const tell: Story["tell"] = (type, data) => {
    const event = story.tell(type, data);
    view.apply(event);
    return event;
  };
  return { view, tell };
}
const key = { runId: "r", action: "restore_file", step: 0, key: "r/0" };

describe("the runs view", () => {
  it("tells a run from its match to its verdict", () => {
    const { view, tell } = open();
    const states: (string | undefined)[] = [];
    const follow: Story["tell"] = (type, data) => {
      const event = tell(type, data);
      states.push(view.get("r")?.state);
      return event;
    };
    follow("playbook.matched", facts.matched("r"));
    follow("run.prechecked", { runId: "r", ok: true, checks: [{ check: "file_missing", ok: true, detail: "it is" }] });
    follow("run.step_started", { ...key, attempt: 1, before: { existed: false } });
    follow("run.step_completed", { ...key, ok: true, detail: "12 bytes", evidence: { bytes: 12 } });
    follow("playbook.executed", {
      runId: "r",
      playbookId: "p",
      target: { kind: "file", id: "x" },
      ok: true,
      steps: 2,
      rehearsed: false,
    });
    follow("run.probed", { runId: "r", probe: 1, ok: true, reading: "succeeded", detail: "the task succeeded" });
    expect(view.get("r")?.outcome).toBeNull();
    follow("playbook.settled", facts.settled("r", "fixed", { reason: "1 of 1 probes" }));
    expect(states).toEqual(["matched", "prechecked", "executing", "executing", "validating", "validating", "settled"]);
    const row = view.get("r");
    expect(row).toMatchObject({ outcome: "fixed", rollback: "none", rehearsed: false });
    expect(row?.steps).toMatchObject([
      { state: "done", before: { existed: false }, evidence: { bytes: 12 }, detail: "12 bytes", key: "r/0" },
      { state: "planned", action: "retry_task" },
    ]);
    expect(row?.evidence.map(({ what, ok }) => [what, ok])).toEqual([
      ["precheck", true],
      ["probe", true],
    ]);
    expect(row === undefined ? [] : explainRun(row)).toEqual([
      "the failure is ENOENT",
      "restore_file it — done: 12 bytes",
      "precheck yes: file_missing: it is",
      "probe yes: the task succeeded",
      "fixed, none: 1 of 1 probes",
    ]);
  });

  it("shows what was undone and whether the state is the one before", () => {
    const { view, tell } = open();
    tell("playbook.matched", facts.matched("r"));
    tell("run.step_started", { ...key, attempt: 1 });
    tell("run.step_completed", { ...key, ok: true, detail: "" });
    tell("run.undo_started", key);
    expect(view.get("r")).toMatchObject({ state: "rolling_back", steps: [{ state: "undoing" }, {}] });
    tell("run.undo_completed", { ...key, ok: true, same: true, detail: "removed" });
    tell("playbook.settled", facts.settled("r", "not_fixed", { rollback: "rolled_back" }));
    expect(view.get("r")).toMatchObject({
      outcome: "not_fixed",
      rollback: "rolled_back",
      steps: [{ state: "undone", same: true }, {}],
    });
  });

  it("takes the verdict back when the trigger returns", () => {
    const { view, tell } = open();
    tell("playbook.matched", facts.matched("r"));
    tell("playbook.settled", facts.settled("r", "fixed"));
    tell("playbook.relapsed", facts.relapsed("r"));
    expect(view.get("r")).toMatchObject({ outcome: "relapsed", state: "settled" });
  });

  it("knows a run that was refused before it had a plan, and keeps suppressed matches apart", () => {
    const { view, tell } = open();
    tell("playbook.settled", facts.settled("refused", "refused", { reason: "a reference leads nowhere" }));
    const { runId: _, outcome: _outcome, ...rest } = facts.settled("s", "suppressed");
    tell("playbook.suppressed", { ...rest, runId: "s", reason: "cooldown", detail: "until 12:00" });
    expect(view.list().map(({ id, outcome, plan }) => [id, outcome, plan])).toEqual([["refused", "refused", null]]);
    expect(view.suppressed()).toMatchObject([{ id: "s", reason: "cooldown" }]);
  });

  it("says which approval a run waits for", () => {
    const { view, tell } = open();
    tell("playbook.matched", facts.matched("r"));
    tell("approval.requested", {
      approvalId: "a",
      runId: "r",
      playbookId: "restore-input",
      target: { kind: "file", id: "x" },
      planHash: "plan",
      targetVersion: "v1",
      risk: "high",
      why: [],
      expiresAtMs: 9,
      proposedBy: "engine",
    });
    expect(view.get("r")).toMatchObject({ state: "awaiting_approval", approval: "a" });
  });
});
