import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { journalViews } from "../../../../src/actors/views/journal-views.ts";
import { RecentEventsView } from "../../../../src/actors/views/recent-events.ts";
import { textOf } from "../../../../src/actors/views/timeline-texts.ts";
import { Views } from "../../../../src/actors/views/views.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import { decode, encode } from "../../../../src/events/envelope.ts";
import { facts, Story } from "../../../support/story.ts";

/** Everything a view can answer, as plain data. */
function answers(views: Views, nowMs: number): unknown {
  return {
    engine: views.engine.current,
    tasks: views.tasks.list(),
    counts: views.tasks.counts(),
    agents: views.agents.list(),
    runs: views.runs.list(),
    approvals: views.approvals.list(),
    incidents: views.incidents.list(),
    deadLetters: views.deadLetters.list(),
    playbooks: views.playbooks.list(),
    failures: views.failures.list(),
    lessons: views.lessons.list(),
    notifications: views.notifications.list(),
    resources: [views.resources.host(), views.resources.crossings()],
    performance: views.performance.read(nowMs),
  };
}

function anyStory(steps: readonly (readonly [string, number])[]): Story {
  const story = new Story(0);
  story.tell("engine.started", { version: "0", node: "n", pid: 1, previous: "none" });
  story.tell("agent.registered", facts.agent());
  for (const [step, n] of steps) {
    const id = `x${n}`;
    story.wait(n * 100);
    if (step === "submit") story.tell("task.submitted", facts.submitted(id));
    if (step === "start") story.tell("task.started", facts.started(id));
    if (step === "fail") story.tell("task.attempt_failed", facts.attemptFailed(id));
    if (step === "die") story.tell("task.failed", facts.failed(id));
    if (step === "end") story.tell("task.succeeded", facts.succeeded(id));
    if (step === "again") story.tell("task.retried", facts.retried(id));
    if (step === "observe") story.tell("failure.observed", facts.observed(id, "t", n + 1));
    if (step === "match") story.tell("playbook.matched", facts.matched(id));
    if (step === "settle") story.tell("playbook.settled", facts.settled(id, n % 2 === 0 ? "fixed" : "not_fixed"));
    if (step === "relapse") story.tell("playbook.relapsed", facts.relapsed(id));
  }
  return story;
}
const step = fc.constantFrom("submit", "start", "fail", "die", "end", "again", "observe", "match", "settle", "relapse");
const stories = fc.array(fc.tuple(step, fc.integer({ min: 0, max: 6 })), { maxLength: 60 }).map(anyStory);

describe("the views", () => {
  it("give the same answers whether an event was lived through or read back from its line in the journal", () => {
    fc.assert(
      fc.property(stories, ({ events, at }) => {
        const lived = new Views();
        const replayed = new Views();
        for (const event of events) lived.apply(event);
        for (const event of events) replayed.apply(decode(encode(event, event.sequence)) as AnyEvent);
        expect(JSON.stringify(answers(replayed, at))).toBe(JSON.stringify(answers(lived, at)));
      }),
      { numRuns: 40 },
    );
  });

  it("answer the same however often they are asked in between, and never change what they handed out", () => {
    fc.assert(
      fc.property(stories, fc.nat(60), ({ events, at }, cut) => {
        const asked = new Views();
        const once = new Views();
        for (const event of events.slice(0, cut)) asked.apply(event);
        const early = answers(asked, at);
        const copy = JSON.stringify(early);
        for (const event of events.slice(cut)) asked.apply(event);
        for (const event of events) once.apply(event);
        expect(answers(asked, at)).toEqual(answers(once, at));
        expect(JSON.stringify(early)).toBe(copy);
      }),
      { numRuns: 40 },
    );
  });

  it("never count more ended tasks of an agent than there are tasks", () => {
    fc.assert(
      fc.property(stories, ({ events }) => {
        const views = new Views();
        for (const event of events) views.apply(event);
        const { succeeded = 0, failed = 0 } = views.agents.get("coder")?.tasks ?? {};
        const ended = new Set(
          events.flatMap((event) =>
            ["task.succeeded", "task.failed"].includes(event.type) ? (event.data as { taskId: string }).taskId : [],
          ),
        );
        expect(succeeded + failed).toBe(ended.size);
      }),
    );
  });

  it("follow the engine and its reactor", () => {
    const views = new Views();
    const story = new Story(0);
    story.tell("engine.started", { version: "1", node: "n", pid: 1, previous: "crashed" });
    story.tell("engine.ready", { startMs: 9 });
    story.tell("reactor.paused", { by: "me", reason: "look" });
    story.tell("reactor.storm_entered", { reason: "many" });
    story.tell("reactor.mode_changed", { mode: "observe", by: "me" });
    for (const event of story.events) views.apply(event);
    expect(views.engine.current).toMatchObject({
      state: "ready",
      previous: "crashed",
      mode: "observe",
      paused: { by: "me", reason: "look" },
      storm: { reason: "many" },
      lastSequence: 5,
    });
    views.apply(story.tell("reactor.resumed", { by: "me" }));
    views.apply(story.tell("reactor.storm_left", { quietMs: 1 }));
    views.apply(story.tell("engine.stopping", { reason: "asked" }));
    expect(views.engine.current).toMatchObject({ state: "stopping", paused: undefined, storm: undefined });
  });
});

describe("the newest events", () => {
  it("are listed newest first, without what is for debugging, and keep to their bound", () => {
    const view = new RecentEventsView();
    const story = new Story(0);
    for (let i = 0; i < 250; i++) view.apply(story.tell("reactor.resumed", { by: "me" }));
    view.apply(
      story.tell("task.decided", { taskId: "a", decision: { kind: "deferred", reason: "full", passedOver: [] } }),
    );
    view.apply(story.tell("task.failed", facts.failed("a")));
    expect(view.list(3).map(({ sequence }) => sequence)).toEqual([252, 250, 249]);
    expect(view.list(1_000)).toHaveLength(100);
  });
});

describe("what an event says to a person", () => {
  it("is one sentence", () => {
    const story = new Story(0);
    story.tell("task.submitted", facts.submitted("a"));
    story.tell("task.failed", facts.failed("a"));
    story.tell("playbook.settled", facts.settled("r", "not_fixed", { rollback: "rolled_back", reason: "503" }));
    expect(story.events.map(textOf)).toEqual([
      "Task a (P2) for coder",
      "Task a is dead (error): ENOENT: no such file",
      "Playbook restore-input for file /in/a.txt: not_fixed, rolled_back (503)",
    ]);
  });

  it("is one line for a user's event and for a message with many", () => {
    const story = new Story(0);
    const known = story.tell("task.log", { taskId: "a", agentId: "b", attempt: 1, message: "one\ntwo" });
    expect(textOf(known)).toBe("Task a: one two");
    const own = {
      ...known,
      type: "build.finished",
      data: {
        by: "ci",
        log: { huge: [] },
        text: "x".repeat(1_000),
        more: "y".repeat(1_000),
        rest: "z".repeat(1_000),
        end: "e".repeat(99),
      },
    } as AnyEvent;
    expect(textOf(own)).toHaveLength(300);
    expect(textOf(own)).toMatch(/^build\.finished · by: ci · text: xxx/);
  });
});

describe("the journal's two files", () => {
  it("say their format first and then what happened, without anybody's output", () => {
    const story = new Story(0);
    story.tell("task.started", facts.started("a"));
    story.tell("task.succeeded", { ...facts.succeeded("a"), output: "secret" });
    story.tell("playbook.settled", facts.settled("r", "fixed"));
    story.tell("engine.ready", { startMs: 1 });
    const files = journalViews.map(({ file, header, lines }) => [
      file,
      ...[header, ...story.events.flatMap(lines)].map((line) => JSON.parse(line) as unknown),
    ]);
    expect(files).toMatchObject([
      [
        "playbook_executions.jsonl",
        { view: "playbook_executions", format: 1 },
        { sequence: 3, what: "settled", run: "r", outcome: "fixed", rollback: "none" },
      ],
      [
        "agent_tasks.jsonl",
        { view: "agent_tasks", format: 1 },
        { sequence: 1, what: "started", task: "a" },
        { sequence: 2, what: "ended", state: "succeeded", task: "a", outputBytes: 6 },
      ],
    ]);
    expect(JSON.stringify(files)).not.toContain("secret");
  });
});
