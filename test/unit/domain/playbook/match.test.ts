import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCondition } from "../../../../src/domain/playbook/condition.ts";
import type { Condition } from "../../../../src/domain/playbook/condition-form.ts";
import { compileCondition } from "../../../../src/domain/playbook/match.ts";
import type { Comparison } from "../../../../src/domain/playbook/matcher.ts";
import { compileOperator, isOperator, type Verdict } from "../../../../src/domain/playbook/operators.ts";
import { facts } from "./sample.ts";

function verdict(conditions: unknown, data: unknown): Verdict {
  const faults: { path: string; message: string }[] = [];
  const condition = readCondition(conditions, "some.thing", "conditions", faults);
  expect(faults).toEqual([]);
  return compileCondition(condition)(facts(data));
}

const on = (op: string, operand: unknown) => ({ path: "event.data.x", [op]: operand });

describe("a comparison", () => {
  it.each(["eq", "ne", "gt", "in", "nin", "contains", "ncontains", "startswith", "regex"])(
    "%s of a missing value is unknown, not false",
    (op) => {
      const operand = op === "in" || op === "nin" ? ["a"] : "a";
      expect(verdict(on(op, operand), {})).toBeNull();
      expect(verdict({ not: on(op, operand) }, {})).toBeNull();
    },
  );

  it("answers exists of a missing value with certainty", () => {
    expect(verdict(on("exists", false), {})).toBe(true);
    expect(verdict(on("exists", true), {})).toBe(false);
  });

  it("does not compare values of different kinds", () => {
    expect(verdict(on("gte", 80), { x: "95" })).toBeNull();
    expect(verdict(on("regex", "9"), { x: 95 })).toBeNull();
  });

  it("sees own members only", () => {
    expect(verdict({ path: "event.data.constructor.name", exists: true }, {})).toBe(false);
  });

  it("matches a catastrophic pattern on long hostile text in linear time", () => {
    const started = performance.now();
    expect(verdict(on("regex", "^(a|aa)+$"), { x: `${"a".repeat(50_000)}!` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("logic", () => {
  const yes = on("eq", 1);
  const no = on("eq", 2);
  const unknown = { path: "event.data.y", eq: 1 };
  it.each([
    [{ all: [yes, unknown] }, null],
    [{ all: [no, unknown] }, false],
    [{ all: [unknown, no] }, false],
    [{ any: [yes, unknown] }, true],
    [{ any: [no, unknown] }, null],
    [{ not: { any: [no, { not: yes }] } }, true],
    [[yes, yes], true],
    [{ path: "event.data.x", gte: 1, lt: 2 }, true],
    [{ x: 1 }, true],
    [{ x: [1, 2] }, true],
    [{ x: { gte: 2 } }, false],
    [{ "event.type": "resource.high" }, true],
    [undefined, true],
  ])("%j is %s", (conditions, wanted) => {
    expect(verdict(conditions, { x: 1 })).toBe(wanted);
  });
});

const leaf = fc
  .record({
    path: fc.constantFrom("event.data.a", "event.data.b", "event.data.c.d"),
    test: fc.oneof(
      fc.record({ op: fc.constantFrom("eq", "ne", "gte", "lt"), operand: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ op: fc.constantFrom("contains", "startswith", "regex"), operand: fc.constantFrom("x", "y") }),
      fc.record({ op: fc.constant("exists"), operand: fc.boolean() }),
    ),
  })
  .map(({ path, test }) => ({ path, [test.op]: test.operand }));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.record({ all: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("tree") }),
  ),
}));
const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("x", "y", "xy"));
const eventData = fc.record(
  { a: value, b: value, c: fc.record({ d: value }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

/** The same meaning written a second time, by truth table instead of closures. */
function meaning(condition: Condition, data: unknown): Verdict {
  if (condition.kind === "leaf") {
    const seen = condition.path
      .split(".")
      .slice(2)
      .reduce<unknown>(
        (now, part) => (typeof now === "object" && now !== null ? Reflect.get(now, part) : undefined),
        data,
      );
    const compiled = isOperator(condition.op) ? compileOperator(condition.op, condition.operand) : undefined;
    return compiled?.kind === "ok" ? compiled.test(seen) : null;
  }
  if (condition.kind === "count" || condition.kind === "absent") throw new Error("the tree asks nothing of the past");
  if (condition.kind === "not") {
    const inner = meaning(condition.of, data);
    return inner === null ? null : !inner;
  }
  return combined(
    condition.kind,
    condition.of.map((part) => meaning(part, data)),
  );
}

function combined(kind: "all" | "any", parts: readonly Verdict[]): Verdict {
  if (parts.includes(kind === "any")) return kind === "any";
  return parts.includes(null) ? null : kind === "all";
}

describe("explanation", () => {
  it("has the matcher's verdict, and the verdict that the language defines, on random conditions and events", () => {
    fc.assert(
      fc.property(tree, eventData, (conditions, data) => {
        const condition = readCondition(conditions, "some.thing", "conditions", []);
        const matcher = compileCondition(condition);
        const document = facts(data);
        const short = matcher(document);
        expect(matcher(document, () => {})).toBe(short);
        expect(short).toBe(meaning(condition, data));
      }),
      { numRuns: 10_000 },
    );
  });

  it("names comparisons whose turning round turns the verdict round", () => {
    fc.assert(
      fc.property(tree, eventData, (conditions, data) => {
        const condition = readCondition(conditions, "some.thing", "conditions", []);
        const noted: Comparison[] = [];
        const matched = compileCondition(condition)(facts(data), (comparison) => noted.push(comparison)) === true;
        const named = new Set(noted.filter(({ helps }) => helps === matched).map(({ at }) => at));
        expect(named.size).toBeGreaterThan(0);
        const turned = turnedRound(condition, data, named, matched, true);
        expect(turned === true).toBe(!matched);
      }),
      { numRuns: 10_000 },
    );
  });
});

/** The verdict if every named comparison spoke for the other side. */
function turnedRound(
  condition: Condition,
  data: unknown,
  named: Set<string>,
  matched: boolean,
  wanted: boolean,
): Verdict {
  if (condition.kind === "leaf")
    return named.has(condition.at) ? (matched ? !wanted : wanted) : meaning(condition, data);
  if (condition.kind === "count" || condition.kind === "absent") throw new Error("the tree asks nothing of the past");
  if (condition.kind === "not") {
    const inner = turnedRound(condition.of, data, named, matched, !wanted);
    return inner === null ? null : !inner;
  }
  const parts = condition.of.map((part) => turnedRound(part, data, named, matched, wanted));
  return combined(condition.kind, parts);
}
