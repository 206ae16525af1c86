import { describe, expect, it } from "vitest";
import { firstOfChains, followersOf } from "../../../../src/domain/playbook/chain.ts";
import type { PlaybookFile } from "../../../../src/domain/playbook/rules.ts";
import { file, playbook, rulesOf } from "./sample.ts";

const chained = (id: string, next?: string, more: object = {}) => file(playbook({ id, next, ...more }), `${id}.json`);

/** What is refused, as `file: path: message`. */
const refusedOf = (...files: readonly PlaybookFile[]) =>
  rulesOf(...files).refused.flatMap(({ file: name, faults }) =>
    faults.map(({ path, message }) => `${name}: ${path}: ${message}`),
  );

describe("a chain of playbooks", () => {
  it("is followed from any of its members to its end", () => {
    const { find, refused } = rulesOf(chained("a", "b"), chained("b", "c"), chained("c"));
    expect(refused).toEqual([]);
    expect(followersOf("a", find)).toEqual(["b", "c"]);
    expect(followersOf("c", find)).toEqual([]);
  });

  it("lets the first of its members go first, also where others are called by the same event", () => {
    const { find, rules } = rulesOf(chained("a", "b"), chained("b", "c"), chained("c"), chained("d"));
    expect(firstOfChains(rules, find).map(({ playbook: { id } }) => id)).toEqual(["a", "d"]);
    const without = rules.filter((rule) => rule.playbook.id !== "a");
    expect(firstOfChains(without, find).map(({ playbook: { id } }) => id)).toEqual(["b", "d"]);
  });

  it("is part of what a playbook does: its hash changes with it", () => {
    const hashOf = (next?: string) => rulesOf(chained("a", next), chained("b"), chained("c")).find("a")?.hash;
    expect(hashOf("b")).not.toBe(hashOf("c"));
    expect(hashOf("b")).not.toBe(hashOf());
  });
});

describe("a next that leads nowhere is refused with its file, its place and advice, and the others load", () => {
  it("where nobody bears the name", () => {
    expect(refusedOf(chained("restart_it", "quarantine_i"), chained("quarantine_it"))).toEqual([
      'restart_it.json: next: there is no playbook "quarantine_i"; did you mean "quarantine_it"?',
    ]);
    expect(refusedOf(chained("a", "something_else"), chained("b"))).toEqual([
      'a.json: next: there is no playbook "something_else"; add it, or leave this out',
    ]);
  });

  it("where it names itself", () => {
    expect(refusedOf(chained("a", "a"), chained("b"))).toEqual([
      "a.json: next: names itself: name a firmer playbook, or leave it out, and a person is told at once",
    ]);
  });

  it("where it is a ring, naming the way round, and also whoever leads into it", () => {
    const files = [chained("a", "b"), chained("b", "c"), chained("c", "b"), chained("d")];
    expect(refusedOf(...files)).toEqual([
      'b.json: next: leads back to itself (b → c → b): leave out one "next", and a person is told there',
      'c.json: next: leads back to itself (c → b → c): leave out one "next", and a person is told there',
      'a.json: next: "b" is refused itself: mend that first, or leave this out',
    ]);
    expect(rulesOf(...files).rules.map((rule) => rule.playbook.id)).toEqual(["d"]);
  });

  it("where what it names is refused for something else", () => {
    const bad = chained("b", undefined, { actions: [] });
    expect(refusedOf(chained("a", "b"), bad)).toEqual([
      "b.json: actions: it does nothing: name at least one action",
      'a.json: next: there is no playbook "b"; add it, or leave this out',
    ]);
    const judged = chained("b", undefined, { prechecks: [{ check: "no_such_check" }] });
    expect(refusedOf(chained("a", "b"), judged).at(-1)).toBe(
      'a.json: next: "b" is refused itself: mend that first, or leave this out',
    );
  });

  it("where it is no name of a playbook", () => {
    expect(refusedOf(chained("a", "No Such/Name"))[0]).toContain("a.json: next: lower-case letters");
  });
});
