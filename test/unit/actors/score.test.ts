import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScoreActor, type ScoreActor } from "../../../src/actors/score.ts";
import type { AnyEvent, EngineDraft } from "../../../src/events/envelope.ts";
import { facts, Story } from "../../support/story.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

/** A score actor on a virtual clock whose publications come back as events, as the journal would return them. */
function open(options: { readonly live?: boolean; readonly refuse?: () => boolean } = {}) {
  const clock = new VirtualClock(start);
  const story = new Story(start);
  const published: EngineDraft[] = [];
  const score: ScoreActor = createScoreActor({
    clock,
    publish: (draft) => {
      if (options.refuse?.() === true) return Promise.reject(new Error("the disk is full"));
      published.push(draft);
      score.apply(story.tell(draft.type, draft.data as never) as AnyEvent);
      return Promise.resolve();
    },
  });
  const tell: Story["tell"] = (type, data) => {
    story.wait(clock.now() - story.at);
    const event = story.tell(type, data);
    score.apply(event);
    return event;
  };
  const pass = (ms: number) => clock.advanceSync(ms);
  tell("engine.started", { version: "0", node: "n", pid: 1, previous: "none" });
  tell("engine.ready", { startMs: 0 });
  if (options.live !== false) score.goLive();
  const updates = () => published.filter(({ type }) => type === "score.updated");
  const alerts = () => published.flatMap(({ type, data }) => ("alert" in data ? [`${type} ${data.alert}`] : []));
  return { clock, story, published, updates, alerts, score, tell, pass };
}
type Opened = ReturnType<typeof open>;

function endTasks({ tell }: Opened, succeeded: number, failed: number, prefix = "t"): void {
  for (let i = 0; i < succeeded; i++) tell("task.succeeded", facts.succeeded(`${prefix}s${i}`));
  for (let i = 0; i < failed; i++) tell("task.failed", facts.failed(`${prefix}f${i}`));
}

describe("the score actor", () => {
  it("knows no score before five tasks have ended, and says why", () => {
    const opened = open();
    endTasks(opened, 4, 0);
    expect(opened.score.current()).toMatchObject({
      score: null,
      grade: null,
      terms: { tsr: null },
      counts: { tsr: 4 },
    });
    expect(opened.score.current().why[0]).toContain("4 of at least 5");
    endTasks(opened, 5, 0);
    opened.pass(10_000);
    expect(opened.score.current()).toMatchObject({
      score: 1,
      grade: "excellent",
      terms: { tsr: 1, uptime: 1, cr: null },
    });
  });

  it("counts a task once, by its last end", () => {
    const opened = open();
    endTasks(opened, 4, 1);
    expect(opened.score.current().terms.tsr).toBe(0.8);
    opened.tell("task.retried", facts.retried("tf0"));
    expect(opened.score.current().terms.tsr).toBe(0.8);
    opened.tell("task.succeeded", facts.succeeded("tf0", 2));
    expect(opened.score.current()).toMatchObject({ terms: { tsr: 1 }, counts: { tsr: 5 } });
  });

  it("lets go of what is older than the window while nothing else happens", () => {
    const opened = open();
    endTasks(opened, 5, 0);
    opened.pass(hour - 5_000);
    expect(opened.score.current().counts.tsr).toBe(5);
    opened.pass(10_000);
    expect(opened.score.current()).toMatchObject({ score: null, counts: { tsr: 0 } });
    expect(opened.updates().at(-1)?.data).toMatchObject({ score: null });
  });

  it("counts runs and incidents for the correction rate, an incident only when no settled run speaks for it", () => {
    const { score, tell } = open();
    for (const run of ["a", "b", "c", "d"]) tell("playbook.settled", facts.settled(run, "fixed"));
    tell("playbook.settled", facts.settled("rehearsal", "fixed", { rehearsed: true }));
    tell("playbook.settled", facts.settled("e", "unverified"));
    expect(score.current()).toMatchObject({ terms: { cr: 0.8 }, counts: { cr: 5 } });
    const target = { kind: "agent", id: "coder" } as const;
    const incident = { title: "x", severity: "error", target, evidence: [], needsPerson: true } as const;
    tell("incident.opened", { ...incident, incidentId: "of-a-run", runId: "e", evidence: [] });
    tell("incident.opened", { ...incident, incidentId: "alone", evidence: [] });
    tell("incident.resolved", { incidentId: "of-a-run", by: "me", reason: "" });
    expect(score.current().counts.cr).toBe(5);
    tell("incident.resolved", { incidentId: "alone", by: "me", reason: "" });
    expect(score.current()).toMatchObject({ counts: { cr: 6 } });
    tell("incident.reopened", { incidentId: "alone", reason: "again" });
    expect(score.current().counts.cr).toBe(5);
  });

  it("takes the credit back when a fix relapses, and does not make the run younger", () => {
    const opened = open();
    for (const run of ["a", "b", "c", "d", "e"]) opened.tell("playbook.settled", facts.settled(run, "fixed"));
    opened.pass(hour / 2);
    opened.tell("playbook.relapsed", facts.relapsed("a"));
    expect(opened.score.current().terms.cr).toBe(0.8);
    opened.pass(hour / 2);
    expect(opened.score.current().counts.cr).toBe(0);
  });

  it("never lets an outcome other than fixed raise a known correction rate", () => {
    const outcome = fc.constantFrom("not_fixed", "unverified", "relapsed", "refused", "suppressed", "expired");
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 20 }), fc.array(outcome, { maxLength: 10 }), (fixed, others) => {
        const { score, tell } = open({ live: false });
        for (let i = 0; i < fixed; i++) tell("playbook.settled", facts.settled(`f${i}`, "fixed"));
        let before = score.current().terms.cr ?? Number.NaN;
        others.forEach((each, index) => {
          tell("playbook.settled", facts.settled(`o${index}`, each));
          const after = score.current().terms.cr ?? Number.NaN;
          expect(after).toBeLessThan(before);
          before = after;
        });
      }),
      { numRuns: 30 },
    );
  });

  it("counts a fingerprint from its third task on, and its lesson from verified on", () => {
    const { score, tell } = open();
    const lesson = (fingerprint: string) => ({ lessonId: `l-${fingerprint}`, fingerprint, runId: "r" });
    for (const print of ["a", "b", "c", "d", "e"]) {
      tell("failure.observed", facts.observed(print, "t2", 2));
      tell("failure.observed", facts.observed(print, "t3", 3));
    }
    expect(score.current()).toMatchObject({ terms: { learning: 0 }, counts: { learning: 5 } });
    tell("lesson.promoted", { ...lesson("a"), from: "draft", to: "verified" });
    tell("lesson.promoted", { ...lesson("b"), from: "verified", to: "hardened" });
    expect(score.current().terms.learning).toBe(0.4);
    tell("failure.observed", facts.observed("a", "t4", 4));
    expect(score.current().terms.learning).toBe(0.4);
    tell("lesson.demoted", { ...lesson("a"), from: "verified", to: "draft" });
    expect(score.current().terms.learning).toBe(0.2);
  });

  it("publishes at most once a second, and then what holds by then", () => {
    const opened = open();
    expect(opened.updates()).toHaveLength(1);
    opened.pass(1_000);
    endTasks(opened, 20, 5);
    expect(opened.updates()).toHaveLength(2);
    opened.pass(999);
    expect(opened.updates()).toHaveLength(2);
    opened.pass(1);
    expect(opened.updates()).toHaveLength(3);
    expect(opened.updates().at(-1)?.data).toMatchObject({ terms: { tsr: 0.8 } });
  });

  it("is silent while nothing moves, and never answers its own events", () => {
    const opened = open();
    endTasks(opened, 10, 0);
    opened.pass(10_000);
    const told = opened.published.length;
    opened.pass(60_000);
    opened.score.apply(opened.story.tell("score.updated", { ...opened.score.current(), score: 0.1 }));
    expect(opened.published.length).toBe(told);
  });

  it("raises an alert once, and clears it with .05 to spare", () => {
    const opened = open();
    endTasks(opened, 6, 4);
    opened.pass(5_000);
    expect(opened.alerts()).toEqual(["score.alert_raised tsr_warning"]);
    expect(opened.score.current().alerts).toMatchObject([{ alert: "tsr_warning", value: 0.6, threshold: 0.7 }]);
    endTasks(opened, 4, 0, "more-");
    opened.pass(5_000);
    expect(opened.score.current().terms.tsr).toBeGreaterThan(0.7);
    expect(opened.alerts()).toHaveLength(1);
    endTasks(opened, 2, 0, "still-more-");
    opened.pass(5_000);
    expect(opened.alerts()).toEqual(["score.alert_raised tsr_warning", "score.alert_cleared tsr_warning"]);
    expect(opened.score.current().alerts).toEqual([]);
  });

  it("tells again what could not be journaled", async () => {
    let full = true;
    const opened = open({ refuse: () => full });
    endTasks(opened, 3, 7);
    await opened.clock.advance(2_000);
    expect(opened.published).toEqual([]);
    full = false;
    await opened.clock.advance(6_000);
    expect(opened.updates()).toHaveLength(1);
    expect(opened.alerts()).toEqual(["score.alert_raised tsr_warning"]);
  });

  it("stands after a replay where it stood, and says nothing twice", () => {
    const before = open();
    endTasks(before, 6, 6);
    for (const run of ["a", "b", "c", "d", "e", "f"]) before.tell("playbook.settled", facts.settled(run, "fixed"));
    before.tell("playbook.relapsed", facts.relapsed("a"));
    before.pass(20_000);
    before.score.stop();
    const published: EngineDraft[] = [];
    const publish = (draft: EngineDraft) => {
      published.push(draft);
      return Promise.resolve();
    };
    const after = createScoreActor({ clock: before.clock, publish });
    for (const event of before.story.events) after.apply(event);
    expect(published).toEqual([]);
    after.goLive();
    expect(after.current()).toEqual(before.score.current());
    expect(after.history()).toEqual(before.score.history());
    expect(published).toEqual([]);
    after.stop();
  });

  it("keeps its history newest first and no timer once stopped", () => {
    const opened = open();
    endTasks(opened, 5, 0);
    opened.pass(2_000);
    const [newest, oldest] = opened.score.history();
    expect(newest?.sequence).toBeGreaterThan(oldest?.sequence ?? 0);
    expect(opened.score.history(1)).toEqual([newest]);
    endTasks(opened, 0, 9);
    opened.score.stop();
    expect(opened.clock.armed).toBe(0);
  });
});
