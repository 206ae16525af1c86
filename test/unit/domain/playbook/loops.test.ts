import { describe, expect, it } from "vitest";
import type { PlaybookFile } from "../../../../src/domain/playbook/rules.ts";
import { faultsOf, playbook, rulesOf } from "./sample.ts";

/** Answers one event by publishing another one. */
const passing = (id: string, from: string, to: string, data: object = {}, conditions?: object) => ({
  file: `${id}.json`,
  text: JSON.stringify(
    playbook({
      id,
      trigger: { event_type: from, ...(conditions === undefined ? {} : { conditions }) },
      actions: [{ type: "emit_event", params: { event_type: to, data } }],
      grants: ["event.emit:**"],
      tests: [],
    }),
  ),
});
const refusedOf = (...files: readonly PlaybookFile[]) =>
  rulesOf(...files).refused.map(({ id, reason }) => `${id}: ${reason}`);

describe("a playbook whose own event calls for it again is refused, and the others load", () => {
  it("where it publishes what it listens to", () => {
    expect(refusedOf(passing("a", "my.alarm", "my.alarm"), passing("b", "my.other", "my.alarm"))).toEqual([
      "a: actions[0]: publishes my.alarm, which calls for this playbook again: publish another type, or add a condition that this event does not fulfil",
    ]);
    expect(refusedOf(passing("a", "my.*", "my.alarm"))).toHaveLength(1);
  });

  it("where it does so through others, naming the way round", () => {
    const files = [passing("a", "my.a", "my.b"), passing("b", "my.b", "my.c"), passing("c", "my.c", "my.a")];
    expect(refusedOf(...files).map((line) => /\((.*)\)/.exec(line)?.[1])).toEqual([
      "a → b → c → a",
      "b → c → a → b",
      "c → a → b → c",
    ]);
    expect(rulesOf(...files, passing("d", "my.d", "my.a")).rules.map((rule) => rule.playbook.id)).toEqual(["d"]);
  });

  it("but not where its conditions keep its own event out, or only the trigger can tell", () => {
    const first = { path: "event.data.again", exists: false };
    expect(refusedOf(passing("a", "my.alarm", "my.alarm", { again: true }, first))).toEqual([]);
    expect(refusedOf(passing("a", "my.alarm", "my.alarm", { of: { $ref: "event.data.of" } }))).toEqual([]);
  });
});

describe("a pattern that would stop other engines is refused with what to write", () => {
  const matching = (regex: string) =>
    playbook({ trigger: { event_type: "a.b", conditions: { path: "event.data.x", regex } }, tests: [] });
  it.each([
    ["^(a+)+$", "(a+)+ repeats a repeat: write a+"],
    ["(?:\\w*)*", "(?:\\w*)* repeats a repeat: write \\w*"],
    ["x([a-z]+)*", "([a-z]+)* repeats a repeat: write [a-z]*"],
    ["((a{1,1000}){1,1000}){1,1000}", "expression too large; count less often, or compare with `in` or `contains`"],
    ["(a)\\1", "the syntax is RE2's, without back-references and looking around"],
  ])("%s", (regex, says) => {
    expect(faultsOf(matching(regex))).toEqual([expect.stringContaining(says)]);
  });

  it.each(["(\\d+,)*", "(ab)+", "\\(a+\\)+", "(a|b+)*", "[(a+)+]"])("and %s is none", (regex) => {
    expect(faultsOf(matching(regex))).toEqual([]);
  });
});
