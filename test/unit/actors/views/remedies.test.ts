import { describe, expect, it } from "vitest";
import { ApprovalsView } from "../../../../src/actors/views/approvals.ts";
import { DeadLettersView } from "../../../../src/actors/views/dead-letters.ts";
import { IncidentsView, isOpen } from "../../../../src/actors/views/incidents.ts";
import { NotificationsView } from "../../../../src/actors/views/notifications.ts";
import { PlaybooksView, verifiedSuccess } from "../../../../src/actors/views/playbooks.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import { facts, Story } from "../../../support/story.ts";

function open<V extends { apply(event: AnyEvent): void }>(view: V) {
  const story = new Story(1_000);
  const tell: Story["tell"] = (type, data) => {
    const event = story.tell(type, data);
    view.apply(event);
    return event;
  };
  return { view, story, tell };
}
const target = { kind: "upstream", id: "api" } as const;
const noReasons: string[] = [];

describe("the approvals view", () => {
  it("shows what waits, oldest first, and who decided how", () => {
    const { view, story, tell } = open(new ApprovalsView());
    const asked = {
      playbookId: "p",
      target,
      planHash: "h",
      targetVersion: "v",
      risk: "high",
      why: noReasons,
      proposedBy: "engine",
    } as const;
    tell("approval.requested", { ...asked, approvalId: "a", runId: "1", expiresAtMs: 5_000 });
    tell("approval.requested", { ...asked, approvalId: "b", runId: "2", expiresAtMs: 6_000 });
    expect(view.waiting().map(({ id }) => id)).toEqual(["a", "b"]);
    story.wait(10);
    tell("approval.decided", {
      approvalId: "a",
      runId: "1",
      decision: "approved",
      by: "me",
      planHash: "h",
      reason: "ok",
    });
    expect(view.waiting().map(({ id }) => id)).toEqual(["b"]);
    expect(view.get("a")).toMatchObject({ state: "approved", decidedBy: "me", decidedAtMs: 1_010, reason: "ok" });
  });
});

describe("the incidents view", () => {
  it("follows an incident until it is over, and back", () => {
    const { view, story, tell } = open(new IncidentsView());
    tell("incident.opened", {
      incidentId: "i",
      title: "upstream down",
      severity: "error",
      target,
      runId: "r1",
      evidence: ["503"],
      needsPerson: true,
    });
    tell("incident.updated", { incidentId: "i", note: "tried again", runId: "r2", needsPerson: true });
    tell("incident.acknowledged", { incidentId: "i", by: "me" });
    expect(view.get("i")).toMatchObject({ state: "acknowledged", runs: ["r1", "r2"], needsPerson: true });
    story.wait(5);
    tell("incident.resolved", { incidentId: "i", by: "me", reason: "restarted it" });
    expect(view.get("i")).toMatchObject({ state: "resolved", needsPerson: false, resolvedAtMs: 1_005 });
    tell("incident.reopened", { incidentId: "i", reason: "503 again", runId: "r3" });
    expect(view.list().filter(isOpen)).toMatchObject([{ state: "reopened", runs: ["r1", "r2", "r3"] }]);
    expect(view.get("i")?.resolvedAtMs).toBeUndefined();
    expect(view.get("i")?.notes.map(({ text }) => text)).toEqual([
      "tried again",
      "acknowledged by me",
      "resolved by me: restarted it",
      "reopened: 503 again",
    ]);
  });
});

describe("the dead letters view", () => {
  it("keeps what was asked for until somebody replays it, and makes a new letter when it dies again", () => {
    const { view, tell } = open(new DeadLettersView());
    tell("task.submitted", facts.submitted("a"));
    tell("task.submitted", facts.submitted("b"));
    tell("task.failed", facts.failed("a", "dead"));
    tell("task.failed", facts.failed("b", "failed"));
    expect(view.waiting()).toMatchObject([{ id: "a", spec: { input: { file: "a.txt" } }, replayed: false }]);
    tell("task.retried", facts.retried("a"));
    expect(view.waiting()).toEqual([]);
    expect(view.get("a")).toMatchObject({ replayed: true, replayedBy: "playbook/x" });
    tell("task.failed", facts.failed("a", "dead"));
    expect(view.waiting()).toMatchObject([{ id: "a", replayed: false, spec: { id: "a" } }]);
  });

  it("keeps events that found no room as one letter for each addressee and cause, which no person is asked about", () => {
    const { view, tell } = open(new DeadLettersView());
    const lost = (count: number, cause: string, addressee = "agent/a") =>
      tell("mailbox.overflowed", { addressee, cause, count, types: { "task.log": count }, sinceMs: 1 });
    lost(3, "busy");
    lost(2, "journal.unavailable");
    lost(4, "busy");
    expect(view.list()).toMatchObject([
      { kind: "mail", id: "mail-busy-agent.a", agent: "a", reason: "busy", count: 7, types: { "task.log": 7 } },
      { kind: "mail", id: "mail-journal.unavailable-agent.a", count: 2 },
    ]);
    expect(view.waiting()).toEqual([]);
  });
});

describe("the playbooks view", () => {
  it("counts success on verified outcomes only, and takes a relapse back", () => {
    const { view, tell } = open(new PlaybooksView());
    const row = () => view.get("restore-input") ?? { outcomes: {} as never };
    tell("playbook.loaded", {
      loaded: [{ id: "restore-input", hash: "h", enabled: true }],
      refused: [{ file: "bad.json", reason: "unknown action" }],
    });
    expect(verifiedSuccess(row())).toEqual({ value: null, n: 0, why: "no run has been verified yet" });
    for (const [index, outcome] of (
      ["fixed", "fixed", "not_fixed", "unverified", "refused", "expired"] as const
    ).entries())
      tell("playbook.settled", facts.settled(`r${index}`, outcome));
    tell("playbook.settled", facts.settled("dry", "fixed", { rehearsed: true }));
    expect(verifiedSuccess(row())).toEqual({ value: 2 / 3, n: 3 });
    tell("playbook.relapsed", facts.relapsed("r0"));
    expect(verifiedSuccess(row())).toEqual({ value: 1 / 3, n: 3 });
    expect(row()).toMatchObject({ outcomes: { fixed: 1, relapsed: 1, unverified: 1, refused: 1, expired: 1 } });
    expect(view.refused()).toEqual([{ file: "bad.json", reason: "unknown action" }]);
  });

  it("follows enabling, and knows that a playbook is gone from the rule set", () => {
    const { view, tell } = open(new PlaybooksView());
    tell("playbook.loaded", { loaded: [{ id: "a", hash: "h", enabled: true }], refused: [] });
    tell("playbook.disabled", { playbookId: "a", by: "me" });
    expect(view.get("a")).toMatchObject({ enabled: false, loaded: true });
    tell("playbook.enabled", { playbookId: "a", by: "me" });
    tell("playbook.loaded", { loaded: [{ id: "b", hash: "h", enabled: false }], refused: [] });
    expect(view.list().map(({ id, enabled, loaded }) => [id, enabled, loaded])).toEqual([
      ["a", true, false],
      ["b", false, true],
    ]);
  });
});

describe("the notifications view", () => {
  it("shows what still has to be delivered, per channel", () => {
    const { view, tell } = open(new NotificationsView());
    tell("notification.failed", { key: "k", channel: "webhook", attempt: 2, message: "refused", retryAtMs: 9 });
    tell("notification.sent", { key: "k", channel: "log", text: "upstream down" });
    expect(view.list().map(({ channel, state }) => [channel, state])).toEqual([
      ["log", "sent"],
      ["webhook", "retrying"],
    ]);
    tell("notification.sent", { key: "k", channel: "webhook", text: "upstream down" });
    expect(view.list()[1]).toMatchObject({ state: "sent", attempts: 3, sentAtMs: 1_000 });
    tell("notification.failed", { key: "x", channel: "webhook", attempt: 9, message: "refused" });
    expect(view.list()[0]?.state).toBe("given_up");
  });
});
