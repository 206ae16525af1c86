import type { Condition } from "./condition.ts";
import type { MatchFacts } from "./facts.ts";
import { compileOperator, operators, opposite, type Test, type Verdict } from "./operators.ts";

/** One comparison as it was made: where it stands in the file, what it wanted, what was there. */
export interface Comparison {
  readonly at: string;
  readonly path: string;
  readonly op: string;
  readonly wanted: unknown;
  /** The value seen; absent when there was none. */
  readonly seen?: unknown;
  readonly verdict: Verdict;
  /** Whether this comparison speaks for a match. If every comparison did, the whole would match. */
  readonly helps: boolean;
}

/**
 * Decides facts. Without `note` it stops at the first part that decides; with it every comparison is made and noted,
 * and the verdict is the same: matching and explaining are this one function.
 */
export type Matcher = (facts: MatchFacts, note?: (comparison: Comparison) => void) => Verdict;

export function compileCondition(condition: Condition): Matcher {
  return compileNode(condition, true);
}

/** `wanted` is the verdict that speaks for a match here: `not` turns it round. */
function compileNode(condition: Condition, wanted: boolean): Matcher {
  switch (condition.kind) {
    case "leaf":
      return compileLeaf(condition, wanted);
    case "not": {
      const inner = compileNode(condition.of, !wanted);
      return (facts, note) => opposite(inner(facts, note));
    }
    case "all":
    case "any": {
      const parts = condition.of.map((part) => compileNode(part, wanted));
      return compileGroup(parts, condition.kind === "any");
    }
  }
}

/** Kleene's logic: `decisive` (true for any, false for all) wins, then unknown, then the other one. */
function compileGroup(parts: readonly Matcher[], decisive: boolean): Matcher {
  return (facts, note) => {
    let unknown = false;
    let decided = false;
    for (const part of parts) {
      const verdict = part(facts, note);
      if (verdict === null) unknown = true;
      else if (verdict === decisive) {
        if (note === undefined) return decisive;
        decided = true;
      }
    }
    if (decided) return decisive;
    return unknown ? null : !decisive;
  };
}

function compileLeaf(leaf: Extract<Condition, { kind: "leaf" }>, wanted: boolean): Matcher {
  const compiled = compileOperator(leaf.op, leaf.operand);
  const test: Test = compiled.kind === "ok" ? compiled.test : () => null;
  const read = reader(leaf.path);
  return (facts, note) => {
    const seen = read(facts);
    const verdict = test(seen);
    note?.({
      at: leaf.at,
      path: leaf.path,
      op: leaf.op,
      wanted: leaf.operand,
      ...(seen === undefined ? {} : { seen }),
      verdict,
      helps: verdict === wanted,
    });
    return verdict;
  };
}

/** `at` of the kernel with its path split once. Own members only. */
function reader(path: string): (value: unknown) => unknown {
  const parts = path.split(".");
  return (value) => {
    let current: unknown = value;
    for (const part of parts) {
      if (current === null || typeof current !== "object" || !Object.hasOwn(current, part)) return undefined;
      current = (current as Readonly<Record<string, unknown>>)[part];
    }
    return current;
  };
}

/** A comparison in words: `event.data.value is at least 80: saw 42 → no`. */
export function sayComparison(comparison: Comparison): string {
  const { path, op, wanted, verdict } = comparison;
  const says = Object.hasOwn(operators, op) ? operators[op as keyof typeof operators].says : op;
  const seen = comparison.seen === undefined ? "nothing" : cut(JSON.stringify(comparison.seen) ?? "nothing");
  const answer = verdict === null ? "unknown" : verdict ? "yes" : "no";
  return `${path} ${says} ${cut(JSON.stringify(wanted) ?? "")}: saw ${seen} → ${answer}`;
}

function cut(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
