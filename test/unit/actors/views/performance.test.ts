import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PerformanceView } from "../../../../src/actors/views/performance.ts";
import { spreadOf } from "../../../../src/domain/spread.ts";
import { facts, Story } from "../../../support/story.ts";

function open() {
  const story = new Story(0);
  const view = new PerformanceView();
  const tell: Story["tell"] = (type, data) => {
    const event = story.tell(type, data);
    view.apply(event);
    return event;
  };
  /** Submits a task, lets it wait, run and succeed. */
  const run = (id: string, waitMs: number, durationMs: number, agentId = "coder") => {
    tell("task.submitted", facts.submitted(id));
    story.wait(waitMs);
    tell("task.started", facts.started(id, 1, agentId));
    story.wait(durationMs);
    tell("task.succeeded", { ...facts.succeeded(id, 1, agentId), durationMs });
  };
  return { story, view, tell, run };
}

describe("a spread", () => {
  it("is null while nothing was measured", () => {
    expect(spreadOf([])).toBeNull();
  });

  it("names measured values only, in order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { minLength: 1, maxLength: 300 }), (values) => {
        const spread = spreadOf(values);
        const { p50 = -1, p95 = -1, p99 = -1, max = -1 } = spread ?? {};
        expect(values).toEqual(expect.arrayContaining([p50, p95, p99, max]));
        expect([p50, p95, p99, max]).toEqual([p50, p95, p99, max].sort((a, b) => a - b));
        expect(values.filter((value) => value <= p95).length).toBeGreaterThanOrEqual(0.95 * values.length);
        expect(max).toBe(Math.max(...values));
      }),
    );
  });
});

describe("the performance view", () => {
  it("says null for everything that was not measured", () => {
    expect(new PerformanceView().read(0)).toMatchObject({
      responseMs: null,
      waitMs: null,
      fixMs: null,
      throughputPerMinute: null,
      eventsPerSecond: null,
      series: [],
      agents: [],
      bottlenecks: [],
    });
  });

  it("measures run times and waits, overall and per agent, and forgets them after an hour", () => {
    const { story, view, run } = open();
    run("a", 10, 100);
    run("b", 30, 300, "writer");
    const reading = view.read(story.at);
    expect(reading.responseMs).toEqual({ n: 2, p50: 100, p95: 300, p99: 300, max: 300 });
    expect(reading.waitMs).toMatchObject({ n: 2, p50: 10, max: 30 });
    expect(reading.agents).toMatchObject([
      { agent: "coder", success: 1, n: 1, responseMs: { p50: 100 } },
      { agent: "writer", success: 1, n: 1, responseMs: { p50: 300 } },
    ]);
    expect(reading.series).toEqual([{ atMs: 0, succeeded: 2, failed: 0, p50Ms: 100, p95Ms: 300 }]);
    expect(view.read(story.at + 3_600_000).responseMs).toBeNull();
  });

  it("does not call backing off or waiting for another task a queue", () => {
    const { story, view, tell } = open();
    tell("task.submitted", facts.submitted("a"));
    tell("task.started", facts.started("a"));
    tell("task.attempt_failed", facts.attemptFailed("a", 1, { retryAtMs: 5_000 }));
    story.wait(5_020);
    tell("task.started", facts.started("a", 2));
    tell("task.submitted", facts.submitted("b", { dependsOn: ["a"] }));
    story.wait(9_000);
    tell("task.started", facts.started("b"));
    expect(view.read(story.at).waitMs).toMatchObject({ n: 2, max: 20 });
  });

  it("measures from the trigger to the decision and to the fix that held", () => {
    const { story, view, tell } = open();
    const trigger = { id: "e", sequence: 1, type: "failure.observed", at: 0 };
    story.wait(3);
    for (const run of ["kept", "relapsed"]) tell("playbook.matched", facts.matched(run, { trigger }));
    story.wait(997);
    tell("playbook.settled", facts.settled("kept", "fixed", { trigger }));
    tell("playbook.settled", facts.settled("no", "not_fixed", { trigger }));
    story.wait(1_000);
    tell("playbook.settled", facts.settled("relapsed", "fixed", { trigger }));
    tell("playbook.relapsed", facts.relapsed("relapsed"));
    expect(view.read(story.at)).toMatchObject({ decideMs: { n: 2, p50: 3 }, fixMs: { n: 1, p50: 1_000 } });
  });

  it("counts a task that ended twice once in an agent's success, by its last end, and both ends in its series", () => {
    const { story, view, tell } = open();
    tell("task.failed", facts.failed("a"));
    tell("task.failed", facts.failed("b"));
    tell("task.succeeded", facts.succeeded("a"));
    tell("task.cancelled", { taskId: "c", agentId: "coder", by: "operator:first", reason: "no longer needed" });
    const reading = view.read(story.at);
    expect(reading.agents).toMatchObject([{ agent: "coder", success: 1 / 3, n: 3 }]);
    expect(reading.series).toMatchObject([{ succeeded: 1, failed: 2 }]);
  });

  it("counts events of the last full minute and tasks per observed minute", () => {
    const { story, view, run } = open();
    for (let i = 0; i < 20; i++) run(`t${i}`, 0, 0);
    expect(view.read(story.at)).toMatchObject({ events: 60, eventsPerSecond: null, throughputPerMinute: null });
    expect(view.read(story.at + 60_000)).toMatchObject({ eventsPerSecond: 1, throughputPerMinute: 20 });
    expect(view.read(story.at + 120_000)).toMatchObject({ eventsPerSecond: 0, throughputPerMinute: 10 });
  });

  it("names a bottleneck with its measurement: a long queue, a slow agent, time lost to failing", () => {
    const { story, view, tell, run } = open();
    for (let i = 0; i < 5; i++) run(`q${i}`, 9_000, 1_000, "busy");
    for (let i = 0; i < 5; i++) run(`s${i}`, 0, 30_000, "slow");
    for (let i = 0; i < 5; i++) tell("task.attempt_failed", { ...facts.attemptFailed(`f${i}`), durationMs: 2_000 });
    expect(view.read(story.at).bottlenecks).toEqual([
      {
        what: "agent slow",
        detail: "its attempts take up to 30.0 s (p95 of 5); those of others 2.0 s",
        value: 30_000,
        unit: "ms",
      },
      {
        what: "queue of busy",
        detail: "tasks wait up to 9.0 s for it (p95 of 5); one attempt takes 1.0 s",
        value: 9_000,
        unit: "ms",
      },
      {
        what: "failures of coder",
        detail: "100 % of its run time went into 5 attempts that failed",
        value: 100,
        unit: "percent",
      },
    ]);
  });
});
