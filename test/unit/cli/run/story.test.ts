import { describe, expect, it } from "vitest";
import { exitCodeOfRun } from "../../../../src/cli/run/exit-code.ts";
import { lastNote, noteOf } from "../../../../src/cli/run/notes.ts";
import { chapterOf, type Story, storyAfter, storyOf } from "../../../../src/cli/run/story.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";

const begun = storyOf({ id: "t", state: "queued", attempts: 0 });

function event(type: string, data: object, subject = "task/t"): AnyEvent {
  return { type, subject, at: 1_000, data: { taskId: "t", agentId: "a", ...data } } as unknown as AnyEvent;
}

/** The story after these events, and what the caller was told. */
function told(...events: readonly AnyEvent[]): Story & { readonly notes: readonly string[] } {
  let story = begun;
  const notes: string[] = [];
  for (const one of events) {
    const before = story;
    story = storyAfter(before, one);
    const note = noteOf(one, before, story);
    if (note !== undefined) notes.push(note);
  }
  return { ...story, notes };
}

const started = (attempt: number) => event("task.started", { attempt });
const failed = (reason: string, error: object, more: object = {}) => [
  event("task.attempt_failed", { attempt: 1, reason, error: { message: "no", ...error }, ...more }),
  event("task.failed", { state: "dead", attempts: 1, reason, error: { message: "no", ...error } }),
];
const matched = event("playbook.matched", { runId: "r", playbookId: "mend", mode: "live" }, "run/r");
const settled = event("playbook.settled", { runId: "r" }, "run/r");

describe("the story of a run", () => {
  it("is over with its task, and open until then", () => {
    expect(chapterOf(begun)).toBe("open");
    expect(chapterOf(told(started(1)))).toBe("open");
    const story = told(started(1), event("task.succeeded", { attempt: 1 }));
    expect([chapterOf(story), exitCodeOfRun(story), lastNote(story)]).toEqual(["over", 0, undefined]);
  });

  it("goes on while a remedy is at work on a failed task, and when that has it tried again", () => {
    const remedied = told(started(1), ...failed("exit", { exitCode: 4 }), matched);
    expect(chapterOf(told(started(1), ...failed("exit", { exitCode: 4 })))).toBe("failed");
    expect([chapterOf(remedied), remedied.notes.at(-1)]).toEqual(["open", "playbook mend is at work on it"]);
    expect(chapterOf(told(started(1), ...failed("exit", {}), matched, settled))).toBe("failed");
    expect(chapterOf(told(started(1), ...failed("exit", {}), matched, event("task.retried", { by: "reactor" })))).toBe(
      "open",
    );
  });

  it("waits for no person, and for no remedy that only rehearses or is of another task", () => {
    const ask = event("approval.requested", { runId: "r", playbookId: "mend" }, "approval/x");
    const waiting = told(started(1), ...failed("exit", {}), matched, ask);
    expect([chapterOf(waiting), waiting.notes.at(-1)]).toEqual([
      "failed",
      "playbook mend waits for a person: `aios approvals`",
    ]);
    const others = [{ mode: "rehearse" }, { mode: "live", taskId: "u" }].map((more) =>
      event("playbook.matched", { runId: "r", playbookId: "mend", ...more }, "run/r"),
    );
    for (const other of others) expect(chapterOf(told(started(1), ...failed("exit", {}), other))).toBe("failed");
  });

  it("tells of an attempt that failed when there will be another, and of waiting before the first", () => {
    const again = told(
      event("task.decided", { decision: { kind: "deferred", reason: "3 tasks run already", passedOver: [] } }),
      started(1),
      event("task.attempt_failed", {
        attempt: 1,
        reason: "timeout",
        error: { message: "too\u001b long" },
        retryAtMs: 2_500,
      }),
      event("task.decided", { decision: { kind: "deferred", reason: "no agent is free", passedOver: [] } }),
    );
    expect(again.notes).toEqual([
      "waits: 3 tasks run already",
      "attempt 1 failed: time limit: too\uFFFD long; again in 1.5 s",
    ]);
  });

  it.each([
    ["the program's own exit code", failed("exit", { exitCode: 3 }), 3],
    ["128 + n for a signal", failed("signal", { signal: "SIGSEGV" }), 139],
    ["128 + n for our own signal at the time limit", failed("timeout", {}, { contained: { signal: "SIGKILL" } }), 137],
    ["143 for a time limit without more", failed("timeout", {}), 143],
    ["125 for a program that could not be started", failed("error", { exitCode: 125, code: "ENOENT" }), 125],
    ["125 for an output that is none", failed("output", {}), 125],
    ["143 for a cancelled task", [event("task.cancelled", { by: "x", reason: "not needed" })], 143],
  ])("ends with %s", (_, events, code) => {
    expect(exitCodeOfRun(told(started(1), ...events))).toBe(code);
  });

  it("is known from the task itself when that had ended before anybody looked", () => {
    const story = storyOf({
      id: "t",
      state: "dead",
      attempts: 2,
      error: { reason: "exit", message: "no", exitCode: 9 },
    });
    expect([chapterOf(story), exitCodeOfRun(story), lastNote(story)]).toEqual([
      "failed",
      9,
      "failed after 2 attempts: no",
    ]);
  });
});
