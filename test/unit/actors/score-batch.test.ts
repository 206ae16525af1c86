import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createScoreActor } from "../../../src/actors/score.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { facts, Story } from "../../support/story.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const HOUR = 3_600_000;
const start = Date.UTC(2026, 0, 1);

interface Count {
  readonly good: number;
  readonly n: number;
}

/** The counted terms over a whole journal at once, written without windows. */
function batch(
  events: readonly AnyEvent[],
  nowMs: number,
): { readonly tsr: Count; readonly cr: Count; readonly learning: Count } {
  const tasks = new Map<string, { at: number; good: boolean }>();
  const runs = new Map<string, { at: number; good: boolean }>();
  const prints = new Map<string, { at: number }>();
  const levels = new Map<string, string>();
  for (const { type, at, data } of events as readonly (AnyEvent & {
    readonly data: Record<string, string & number>;
  })[]) {
    if (type === "task.succeeded" || type === "task.failed")
      tasks.set(String(data["taskId"]), { at, good: type === "task.succeeded" });
    if (type === "playbook.settled") runs.set(String(data["runId"]), { at, good: data["outcome"] === "fixed" });
    const run = runs.get(String(data["runId"]));
    if (type === "playbook.relapsed" && run !== undefined) run.good = false;
    if (type === "failure.observed" && Number(data["tasks"]) >= 3) prints.set(String(data["fingerprint"]), { at });
    if (type === "lesson.promoted" || type === "lesson.demoted")
      levels.set(String(data["fingerprint"]), String(data["to"]));
  }
  const inside = <T extends { readonly at: number }>(all: Iterable<T>) =>
    [...all].filter(({ at }) => at > nowMs - HOUR);
  const count = (all: readonly { readonly good: boolean }[]) => ({
    good: all.filter(({ good }) => good).length,
    n: all.length,
  });
  const known = [...prints].map(([print, { at }]) => ({
    at,
    good: ["verified", "hardened"].includes(levels.get(print) ?? "draft"),
  }));
  return { tsr: count(inside(tasks.values())), cr: count(inside(runs.values())), learning: count(inside(known)) };
}

const few = fc.integer({ min: 0, max: 8 });
const happening = fc.oneof(
  fc.record({ kind: fc.constantFrom("succeeded", "failed"), id: few }),
  fc.record({ kind: fc.constant("settled"), id: few, outcome: fc.constantFrom("fixed", "not_fixed", "unverified") }),
  fc.record({ kind: fc.constant("relapsed"), id: few }),
  fc.record({ kind: fc.constant("observed"), id: few, tasks: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ kind: fc.constant("levelled"), id: few, to: fc.constantFrom("draft", "verified", "hardened") }),
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function tell(story: Story, one: Happening): void {
  const id = `x${one.id}`;
  if ("outcome" in one) story.tell("playbook.settled", facts.settled(id, one.outcome as "fixed"));
  else if ("tasks" in one) story.tell("failure.observed", facts.observed(id, "t", one.tasks));
  else if ("to" in one)
    story.tell("lesson.promoted", { lessonId: id, fingerprint: id, runId: "r", from: "draft", to: one.to as "draft" });
  else if (one.kind === "relapsed") story.tell("playbook.relapsed", facts.relapsed(id));
  else if (one.kind === "failed") story.tell("task.failed", facts.failed(id));
  else story.tell("task.succeeded", facts.succeeded(id));
}

describe("the score's terms, counted event by event", () => {
  it("equal a batch count over the whole journal at every moment, also after a replay", () => {
    const steps = fc.array(fc.tuple(happening, fc.integer({ min: 0, max: HOUR / 3 })), { maxLength: 80 });
    fc.assert(
      fc.property(steps, (told) => {
        const clock = new VirtualClock(start);
        const story = new Story(start);
        const publish = () => Promise.resolve();
        const score = createScoreActor({ clock, publish });
        for (const [one, waitMs] of told) {
          clock.advanceSync(waitMs);
          story.wait(waitMs);
          const { length } = story.events;
          tell(story, one);
          for (const event of story.events.slice(length)) score.apply(event);
          const { counts, terms } = score.current();
          const expected = batch(story.events, clock.now());
          for (const term of ["tsr", "cr", "learning"] as const) {
            const { good, n } = expected[term];
            expect([term, counts[term]]).toEqual([term, n]);
            expect(terms[term] ?? -1).toBeCloseTo(n < 5 ? -1 : good / n, 8);
          }
        }
        const again = createScoreActor({ clock, publish });
        for (const event of story.events) again.apply(event);
        expect(again.current()).toEqual(score.current());
      }),
      { numRuns: 200 },
    );
  });
});
