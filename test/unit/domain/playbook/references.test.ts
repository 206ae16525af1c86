import { describe, expect, it } from "vitest";
import { involvesReference, referencePath, resolve } from "../../../../src/domain/playbook/references.ts";
import { facts } from "./sample.ts";

const known = { $ref: "event.data.known" };

describe("a reference", () => {
  it("is an object whose only member is a text named $ref", () => {
    expect(referencePath(known)).toBe("event.data.known");
    for (const value of ["$ref", null, [known], {}, { $ref: 1 }, { $ref: "a", more: 1 }, { ref: "a" }])
      expect(referencePath(value)).toBeUndefined();
  });

  it("is resolved at any depth, and missing where it leads to nothing", () => {
    const document = facts({ known: [1, { $ref: "event.data.none" }] });
    const value = { a: [known, { b: known, c: null }], d: "event.data.known" };
    const seen = [1, { $ref: "event.data.none" }];
    expect(resolve(value, document, "p")).toEqual({
      kind: "ok",
      value: { a: [seen, { b: seen, c: null }], d: "event.data.known" },
    });
    const gone = { $ref: "event.data.none" };
    expect(resolve([known, { b: [gone] }], document, "p")).toEqual({
      kind: "missing",
      at: "p[1].b[0]",
      path: "event.data.none",
    });
  });
});

describe("a place in parameters can be judged as written", () => {
  const params = { plain: { list: [1, 2] }, deep: { list: [1, known] }, whole: known, none: null };
  it.each<[readonly PropertyKey[], boolean]>([
    [["plain"], false],
    [["plain", "list", 0], false],
    [["deep"], true],
    [["deep", "list"], true],
    [["deep", "list", 0], false],
    [["deep", "list", 1], true],
    [["whole"], true],
    [["whole", "anything", "below"], true],
    [["none", "below"], false],
    [["plain", "list", 0, "below"], false],
    [["absent"], false],
    // The whole: what is wrong with it is a member too much or too few, whatever stands in the others.
    [[], false],
  ])("unless a reference is in, at or above it: %j %s", (path, involved) => {
    expect(involvesReference(params, path)).toBe(involved);
  });
});
