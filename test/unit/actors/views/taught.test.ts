import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailuresView } from "../../../../src/actors/views/failures.ts";
import type { AnyEvent } from "../../../../src/events/envelope.ts";
import { madeNow } from "../../../../src/kernel/checkpointed.ts";
import { facts, Story } from "../../../support/story.ts";

const CAPACITY = 4;

type Act =
  | { readonly act: "strike"; readonly of: number; readonly agent: string }
  | { readonly act: "draft" | "promote" | "retire"; readonly of: number }
  | { readonly act: "alias"; readonly of: number; readonly to: number }
  | { readonly act: "restart" };

const of = fc.integer({ min: 0, max: 7 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant("strike" as const), of, agent: fc.constantFrom("a", "b") }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constantFrom("draft" as const, "promote", "retire"), of }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant("alias" as const), of, to: of }) },
  { weight: 1, arbitrary: fc.constant({ act: "restart" as const }) },
);

function eventOf(story: Story, doing: Exclude<Act, { readonly act: "restart" }>): AnyEvent {
  const fingerprint = `f${doing.of}`;
  const lesson = { lessonId: `lesson-${doing.of}`, fingerprint };
  switch (doing.act) {
    case "strike":
      return story.tell("failure.observed", facts.observed(fingerprint, "t", 1, { agentId: doing.agent })) as AnyEvent;
    case "draft":
      return story.tell("lesson.drafted", { ...lesson, evidence: [] }) as AnyEvent;
    case "promote":
      return story.tell("lesson.promoted", { ...lesson, from: "draft", to: "verified", runId: "r" }) as AnyEvent;
    case "retire":
      return story.tell("lesson.demoted", { ...lesson, from: "draft", to: "retired", runId: "r" }) as AnyEvent;
    case "alias": {
      const to = doing.to === doing.of ? "f8" : `f${doing.to}`;
      const more = { why: "evidence" as const, ruleVersion: 1, template: "so", tasks: 2, says: [] };
      return story.tell("failure.aliased", { from: fingerprint, to, ...more }) as AnyEvent;
    }
  }
}

/** What was answered after each act at which somebody asked, and what going through every failure gives there. */
function answersIn(life: readonly { readonly doing: Act; readonly asked: boolean }[]) {
  const story = new Story();
  let [view, former] = [new FailuresView(CAPACITY), new FailuresView(CAPACITY)];
  const [answers, expected]: [unknown[], unknown[]] = [[], []];
  for (const { doing, asked } of life) {
    if (doing.act === "restart") {
      [view, former] = [former, view];
      view.restore(JSON.parse(JSON.stringify(madeNow(former.snapshot()))));
    } else view.apply(eventOf(story, doing));
    if (!asked) continue;
    answers.push(view.taught());
    expected.push(view.list().filter(({ lesson, level }) => lesson !== undefined && level !== "retired"));
  }
  return { answers, expected };
}

describe("failures with a lesson", () => {
  it("are those that going through every failure finds, in the same order, in any life", () => {
    const step = fc.record({ doing: act, asked: fc.integer({ max: 4, min: 0 }).map((n) => n > 0) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (life) => {
        const { answers, expected } = answersIn(life);
        expect(answers).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
