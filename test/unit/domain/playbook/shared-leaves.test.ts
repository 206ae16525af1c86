import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MatchFacts } from "../../../../src/domain/playbook/facts.ts";
import type { Rule } from "../../../../src/domain/playbook/rules.ts";
import { eventData, setOf, tree } from "./any-rules.ts";
import { facts } from "./sample.ts";

function answerOf(rule: Rule | undefined, seen: MatchFacts | undefined, explained: boolean) {
  if (rule === undefined || seen === undefined) throw new Error("there is one");
  return explained ? { ...rule.explain(seen), playbookId: "any" } : rule.matches(seen);
}

const anyOrder = fc.record({
  conditions: fc.array(tree, { minLength: 1, maxLength: 8 }),
  happened: fc.array(eventData, { minLength: 1, maxLength: 4 }),
  asked: fc.array(fc.record({ event: fc.nat(), rule: fc.nat(), explained: fc.boolean() }), { maxLength: 16 }),
});

describe("rules that share their leaves", () => {
  it("decide and explain as each would alone, in whatever order they are asked about whichever events", () => {
    fc.assert(
      fc.property(anyOrder, ({ conditions, happened, asked }) => {
        const typeOf = () => "build.broken";
        const together = setOf(conditions, typeOf).rules;
        const events = happened.map((data) => facts(data, {}, "build.broken"));
        const answers = (rulesFor: (place: number) => Rule | undefined) =>
          asked.map(({ event, rule, explained }) =>
            answerOf(rulesFor(rule % conditions.length), events.at(event % events.length), explained),
          );
        const newlyMade = (place: number) => setOf([conditions[place]], typeOf).rules[0];
        expect(answers((place) => together[place])).toEqual(answers(newlyMade));
      }),
      { numRuns: 100 },
    );
  });
});
