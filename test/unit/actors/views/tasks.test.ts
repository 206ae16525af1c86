import { describe, expect, it } from "vitest";
import { TasksView } from "../../../../src/actors/views/tasks.ts";
import { facts, Story } from "../../../support/story.ts";

function told(tell: (story: Story) => void, view = new TasksView()): TasksView {
  const story = new Story(1_000);
  tell(story);
  for (const event of story.events) view.apply(event);
  return view;
}

describe("the tasks view", () => {
  it("follows a task from the queue to its output", () => {
    const view = told((story) => {
      story.tell("task.submitted", facts.submitted("t"));
      story.wait(40).tell("task.decided", {
        taskId: "t",
        decision: {
          kind: "immediate",
          agentId: "coder",
          rule: "priority",
          guardMs: 60_000,
          reason: "idle",
          passedOver: [],
        },
      });
      story.wait(10).tell("task.started", facts.started("t"));
      story.tell("task.progress", { taskId: "t", agentId: "coder", attempt: 1, ratio: 0.5 });
      story.tell("task.usage", { taskId: "t", agentId: "coder", attempt: 1, usage: { inputTokens: 7 } });
      story.tell("task.usage", { taskId: "t", agentId: "coder", attempt: 1, usage: { inputTokens: 3, costUsd: 1 } });
      story.wait(100).tell("task.succeeded", facts.succeeded("t"));
    });
    expect(view.get("t")).toMatchObject({
      state: "succeeded",
      agent: "coder",
      attempts: 1,
      output: "done",
      submittedAtMs: 1_000,
      startedAtMs: 1_050,
      endedAtMs: 1_150,
      durationMs: 100,
      decision: { kind: "immediate" },
      progress: { ratio: 0.5 },
      usage: { inputTokens: 10, outputTokens: 0, costUsd: 1 },
      history: [{ attempt: 1, state: "succeeded", durationMs: 100 }],
    });
    expect(view.get("t")?.error).toBeUndefined();
    expect(view.counts()).toMatchObject({ succeeded: 1, queued: 0 });
  });

  it("waits between attempts, dies with its error, and is queued again by a replay", () => {
    const story = new Story();
    const view = new TasksView();
    const states: (string | undefined)[] = [];
    const follow: Story["tell"] = (type, data) => {
      const event = story.tell(type, data);
      view.apply(event);
      states.push(view.get("t")?.state);
      return event;
    };
    follow("task.submitted", facts.submitted("t", { retries: 1 }));
    follow("task.started", facts.started("t", 1));
    follow("task.attempt_failed", facts.attemptFailed("t", 1, { retryAtMs: 5 }));
    follow("task.decided", {
      taskId: "t",
      decision: { kind: "scheduled", notBeforeMs: 5, reason: "backoff", passedOver: [] },
    });
    follow("task.started", facts.started("t", 2));
    follow("task.attempt_failed", facts.attemptFailed("t", 2));
    follow("task.failed", facts.failed("t", "dead"));
    expect(view.get("t")?.error).toMatchObject({ reason: "error", message: "ENOENT: no such file" });
    follow("task.retried", facts.retried("t", 2));
    expect(view.get("t")).toMatchObject({ retriedBy: ["playbook/x"] });
    expect(view.get("t")?.endedAtMs).toBeUndefined();
    expect(states).toEqual(["queued", "running", "waiting", "waiting", "running", "running", "dead", "queued"]);
    expect(view.get("t")?.history.map(({ state }) => state)).toEqual(["failed", "failed"]);
  });

  it("holds a task back until everything it depends on has succeeded", () => {
    const story = new Story();
    const view = new TasksView();
    view.apply(story.tell("task.submitted", facts.submitted("a")));
    view.apply(story.tell("task.submitted", facts.submitted("b")));
    view.apply(story.tell("task.submitted", facts.submitted("c", { dependsOn: ["a", "b"] })));
    expect(view.get("c")).toMatchObject({ state: "waiting", waitingFor: "the end of a, b" });
    view.apply(story.tell("task.succeeded", facts.succeeded("a")));
    expect(view.get("c")).toMatchObject({ state: "waiting", waitingFor: "the end of b" });
    view.apply(story.tell("task.succeeded", facts.succeeded("b")));
    expect(view.get("c")?.state).toBe("queued");
  });

  it("cuts the running attempt of a cancelled task", () => {
    const view = told((story) => {
      story.tell("task.submitted", facts.submitted("t"));
      story.tell("task.started", facts.started("t"));
      story.tell("task.cancel_requested", { taskId: "t", by: "operator/me", reason: "enough" });
      story.tell("task.cancelled", { taskId: "t", by: "operator/me", reason: "enough" });
    });
    expect(view.get("t")).toMatchObject({
      state: "cancelled",
      cancelRequested: true,
      history: [{ state: "cancelled" }],
    });
  });

  it("forgets the oldest ended tasks, never one that is under way", () => {
    const view = told(
      (story) => {
        story.tell("task.submitted", facts.submitted("first"));
        for (let i = 0; i < 50; i++) {
          story.tell("task.submitted", facts.submitted(`t${i}`));
          story.tell("task.succeeded", facts.succeeded(`t${i}`));
        }
      },
      new TasksView({ capacity: 16, maxCharacters: 1e6 }),
    );
    expect(view.list().length).toBeLessThanOrEqual(17);
    expect(view.get("first")?.state).toBe("queued");
    expect(view.list()[0]?.id).toBe("t49");
  });

  it("knows a task again that is retried after it was forgotten", () => {
    const view = told((story) => story.tell("task.retried", facts.retried("old", 3)));
    expect(view.get("old")).toMatchObject({ state: "queued", attempts: 3, input: { file: "old.txt" } });
  });

  it("forgets by size when inputs are large", () => {
    const view = told(
      (story) => {
        for (let i = 0; i < 40; i++) {
          story.tell("task.submitted", facts.submitted(`t${i}`, { input: "x".repeat(1_000) }));
          story.tell("task.succeeded", facts.succeeded(`t${i}`));
        }
      },
      new TasksView({ capacity: 1_000, maxCharacters: 10_000 }),
    );
    expect(view.list().length).toBeLessThanOrEqual(10);
  });
});
