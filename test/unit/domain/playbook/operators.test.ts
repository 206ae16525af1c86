import { describe, expect, it } from "vitest";
import { compileOperator, isOperator, operatorNames, type Verdict } from "../../../../src/domain/playbook/operators.ts";

function verdict(op: string, operand: unknown, seen: unknown): Verdict {
  const compiled = isOperator(op) ? compileOperator(op, operand) : undefined;
  if (compiled?.kind !== "ok") throw new Error(compiled?.why ?? `no operator ${op}`);
  return compiled.test(seen, { value: 1 });
}

type Row = readonly [op: string, operand: unknown, yes: readonly unknown[], no: readonly unknown[], unknown: unknown[]];

/** Of each operator: what it says yes to, what no, and what it cannot judge. The bounds stand on both sides. */
const rows: readonly Row[] = [
  ["eq", 1, [1], [0, "1", true, null, [1]], [undefined]],
  ["eq", null, [null], [0, "", false, {}], [undefined]],
  ["eq", "a", ["a"], ["A", "a "], [undefined]],
  ["eq", { a: 1, b: [2] }, [{ b: [2], a: 1 }], [{ a: 1 }, { a: 1, b: [3] }, null, "{}", [1]], [undefined]],
  ["eq", [1, 2], [[1, 2]], [[2, 1], [1], "1,2"], [undefined]],
  ["ne", 1, [0, "1", null], [1], [undefined]],
  ["ne", { a: 1 }, [{ a: 2 }, 1], [{ a: 1 }], [undefined]],
  ["gt", 2, [2.1, 3], [2, 1.9, -3], [undefined, "3", null, [3], Number.NaN]],
  ["gt", "b", ["c", "ba"], ["b", "a", "B"], [undefined, 3, null]],
  ["gte", 2, [2, 2.1], [1.9], [undefined, "2"]],
  ["gte", "b", ["b", "c"], ["a"], [undefined, 2]],
  ["lt", 2, [1.9, -3], [2, 2.1], [undefined, "1"]],
  ["lt", "b", ["a", "B"], ["b", "c"], [undefined, 1]],
  ["lte", 2, [2, 1.9], [2.1], [undefined, "2"]],
  ["lte", "b", ["b", "a"], ["c", "ba"], [undefined, 2]],
  ["between", [1, 3], [1, 2, 3], [0.9, 3.1], [undefined, "2", null]],
  ["in", ["a", 1, null], ["a", 1, null], ["b", "1", 2, false], [undefined]],
  ["in", ["a"], ["a"], ["b"], [undefined]],
  ["nin", ["a", 1, null], ["b", "1", 2], ["a", 1, null], [undefined]],
  ["contains", "b", ["abc", ["a", "b"]], ["ac", "B", ["ab"], []], [undefined, 1, null, { b: 1 }]],
  ["contains", 1, [[1]], [["1"], []], [undefined, "1", 1]],
  ["ncontains", "b", ["ac", ["ab"]], ["abc", ["b"]], [undefined, 1, null]],
  ["startswith", "ab", ["ab", "abc"], ["a", "cab", "Ab"], [undefined, 1, ["ab"]]],
  ["endswith", "bc", ["bc", "abc"], ["c", "bca", "BC"], [undefined, 1, ["bc"]]],
  // The value before is 1 here.
  ["changed", true, [2, "1", null], [1], [undefined]],
  ["changed", false, [1], [2], [undefined]],
  ["exists", true, [0, "", null, false], [undefined], []],
  ["exists", false, [undefined], [0, "", null, false], []],
  ["regex", "^a.c$", ["abc"], ["ABC", "xabc"], [undefined, 1, ["abc"]]],
  ["regex", "b", ["abc"], ["aBc"], [undefined]],
  ["iregex", "^a.c$", ["abc", "ABC"], ["xabc"], [undefined, 1]],
];

const answered = ([op, operand, yes, no, unknown]: Row) =>
  [
    [yes, true],
    [no, false],
    [unknown, null],
  ].flatMap(([seen, wanted]) => (seen as readonly unknown[]).map((value) => ({ op, operand, value, wanted })));

describe("an operator", () => {
  it("is in the table of this test, whichever it is", () => {
    expect([...new Set(rows.map(([op]) => op))].sort()).toEqual([...operatorNames].sort());
  });

  it.each(rows.flatMap(answered))("$op $operand on $value is $wanted", ({ op, operand, value, wanted }) => {
    expect(verdict(op, operand, value)).toBe(wanted);
  });

  it.each([
    ["gt", null],
    ["between", [1]],
    ["between", ["a", "b"]],
    ["in", []],
    ["in", [[1]]],
    ["contains", {}],
    ["startswith", 1],
    ["exists", "yes"],
    ["changed", 1],
    ["regex", "("],
    ["iregex", "(?=a)"],
  ])("%s is refused with %j", (op, operand) => {
    expect(isOperator(op) && compileOperator(op, operand).kind).toBe("bad");
  });

  it("is no inherited member of an object", () => {
    expect(isOperator("constructor")).toBe(false);
    expect(isOperator("toString")).toBe(false);
  });
});
