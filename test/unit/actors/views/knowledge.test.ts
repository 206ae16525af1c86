import { describe, expect, it } from "vitest";
import { FailuresView } from "../../../../src/actors/views/failures.ts";
import { LessonsView } from "../../../../src/actors/views/lessons.ts";
import { ResourcesView } from "../../../../src/actors/views/resources.ts";
import { facts, Story } from "../../../support/story.ts";

const lesson = { lessonId: "l", fingerprint: "f", runId: "r" };

describe("the failures view", () => {
  it("groups by fingerprint: tasks, attempts, agents, codes, and the lesson's level", () => {
    const view = new FailuresView();
    const story = new Story(1_000);
    story.tell("failure.observed", facts.observed("f", "a", 1, { code: "ENOENT" }));
    story.tell("failure.observed", facts.observed("g", "x", 1, { status: 503 }));
    story.wait(5).tell("failure.observed", facts.observed("f", "a", 1, { code: "ENOENT", agentId: "other" }));
    story.tell("failure.observed", facts.observed("f", "b", 2, { exitCode: 1 }));
    story.tell("lesson.drafted", { lessonId: "l", fingerprint: "f", evidence: [] });
    story.tell("lesson.remedied", { ...lesson, playbookId: "restore-input" });
    story.tell("lesson.promoted", { ...lesson, from: "draft", to: "verified" });
    for (const event of story.events) view.apply(event);
    expect(view.list().map(({ fingerprint }) => fingerprint)).toEqual(["f", "g"]);
    expect(view.get("f")).toMatchObject({
      tasks: 2,
      attempts: 3,
      agents: ["coder", "other"],
      codes: { ENOENT: 2, "exit 1": 1 },
      firstAtMs: 1_000,
      lastAtMs: 1_005,
      lastTask: "b",
      lesson: "l",
      level: "verified",
      remedy: "restore-input",
    });
    expect(view.get("g")?.codes).toEqual({ "status 503": 1 });
  });
});

describe("the lessons view", () => {
  it("tells a lesson's way up and down with what it rests on", () => {
    const view = new LessonsView();
    const story = new Story(1_000);
    story.tell("lesson.drafted", { lessonId: "l", fingerprint: "f", evidence: ["a", "b", "c"] });
    story.wait(9).tell("lesson.remedied", { ...lesson, playbookId: "restore-input" });
    story.tell("lesson.credited", {
      ...lesson,
      verdict: "fixed",
      fixes: 1,
      failures: 0,
      targets: 1,
      confidence: 2 / 3,
    });
    story.tell("lesson.promoted", { ...lesson, from: "draft", to: "verified" });
    for (const event of story.events) view.apply(event);
    expect(view.get("l")).toMatchObject({
      level: "verified",
      fixes: 1,
      targets: 1,
      confidence: 2 / 3,
      remedy: "restore-input",
      evidence: ["a", "b", "c"],
      createdAtMs: 1_000,
      updatedAtMs: 1_009,
    });
    expect(view.get("l")?.history.map(({ says }) => says)).toEqual([
      "drafted",
      "remedy restore-input",
      "fixed",
      "promoted to verified",
    ]);
    view.apply(story.tell("lesson.demoted", { ...lesson, from: "verified", to: "draft" }));
    expect(view.list()).toMatchObject([{ level: "draft" }]);
  });
});

describe("the resources view", () => {
  it("knows what is high now, what crossed of late, and the last summaries", () => {
    const view = new ResourcesView();
    const story = new Story(1_000);
    const cpu = { scope: "agent", resource: "cpu", agentId: "coder", value: 99, threshold: 80 } as const;
    story.tell("resource.summary", { scope: "host", samples: 60, cpuPercent: 5 });
    story.tell("resource.summary", { scope: "agent", agentId: "coder", samples: 60, memoryMiB: 70 });
    story.tell("resource.high", cpu);
    story.tell("resource.high", { scope: "host", resource: "memory", value: 81, threshold: 80 });
    for (const event of story.events) view.apply(event);
    expect(view.host()).toMatchObject([{ cpuPercent: 5, atMs: 1_000 }]);
    expect(view.agent("coder")).toMatchObject({ memoryMiB: 70 });
    expect(view.high().map(({ resource }) => resource)).toEqual(["cpu", "memory"]);
    view.apply(story.tell("resource.normal", { ...cpu, value: 1, threshold: 70 }));
    expect(view.high().map(({ resource }) => resource)).toEqual(["memory"]);
    expect(view.crossings().map(({ side }) => side)).toEqual(["normal", "high", "high"]);
    view.apply(story.tell("engine.started", { version: "0", node: "n", pid: 1, previous: "crashed" }));
    expect(view.high()).toEqual([]);
  });
});
