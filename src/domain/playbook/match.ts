import { writeDuration } from "../../kernel/duration.ts";
import type { Condition, Leaf, Window } from "./condition-form.ts";
import type { MatchFacts } from "./facts.ts";
import type { Comparison, Matcher } from "./matcher.ts";
import { compileOperator, operators, opposite, type Test } from "./operators.ts";
import { SharedLeaves } from "./shared-leaves.ts";

/** @param shared what it shares with the other conditions of its set */
export function compileCondition(condition: Condition, shared = new SharedLeaves()): Matcher {
  return compileNode(condition, true, shared);
}

/** `wanted` is the verdict that speaks for a match here: `not` turns it round. */
function compileNode(condition: Condition, wanted: boolean, shared: SharedLeaves): Matcher {
  switch (condition.kind) {
    case "leaf":
      return shared.compiled(condition, wanted, () => compileLeaf(condition, wanted, shared));
    case "count":
      return compileCount(condition, wanted);
    case "absent":
      return compileAbsent(condition, wanted);
    case "not": {
      const inner = compileNode(condition.of, !wanted, shared);
      return (facts, note) => opposite(inner(facts, note));
    }
    case "all":
    case "any": {
      const parts = condition.of.map((part) => compileNode(part, wanted, shared));
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

function compileLeaf(leaf: Leaf, wanted: boolean, shared: SharedLeaves): Matcher {
  const { path, op, operand, before } = leaf;
  const compiled = compileOperator(op, operand);
  const test: Test = compiled.kind === "ok" ? compiled.test : () => null;
  const read = reader(path);
  const ask = (facts: MatchFacts) =>
    test(read(facts), before === undefined ? undefined : facts.history?.previous(before));
  const decide = path.startsWith("event.") && before === undefined ? shared.oncePerEvent(ask) : ask;
  return (facts, note) => {
    const verdict = decide(facts);
    note?.({ ...shown(leaf, path, read(facts)), op, wanted: operand, verdict, helps: verdict === wanted });
    return verdict;
  };
}

function compileCount(leaf: Extract<Condition, { kind: "count" }>, wanted: boolean): Matcher {
  const compiled = compileOperator(leaf.op, leaf.operand);
  const test: Test = compiled.kind === "ok" ? compiled.test : () => null;
  const { window } = leaf;
  const minutes = window.overMs / 60_000;
  return (facts, note) => {
    const count = facts.history?.count(window);
    const seen = leaf.perMinute && count !== undefined ? count / minutes : count;
    const verdict = test(seen);
    const path = `${leaf.perMinute ? "rate a minute" : "count"} of ${sayWindow(window)}`;
    note?.({ ...shown(leaf, path, seen), op: leaf.op, wanted: leaf.operand, verdict, helps: verdict === wanted });
    return verdict;
  };
}

function compileAbsent(leaf: Extract<Condition, { kind: "absent" }>, wanted: boolean): Matcher {
  const { window } = leaf;
  return (facts, note) => {
    const quiet = facts.history?.quiet(window);
    const long = quiet === undefined ? null : quiet.ms >= window.overMs;
    const verdict = long === false && quiet?.sure !== true ? null : long;
    const seen = quiet === undefined ? undefined : `${quiet.sure ? "" : "at least "}${Math.round(quiet.ms)} ms`;
    const path = `time without ${sayWindow(window)}`;
    note?.({ ...shown(leaf, path, seen), op: "gte", wanted: window.overMs, verdict, helps: verdict === wanted });
    return verdict;
  };
}

function shown({ at }: { readonly at: string }, path: string, seen: unknown): Pick<Comparison, "at" | "path" | "seen"> {
  return { at, path, ...(seen === undefined ? {} : { seen }) };
}

function sayWindow({ kind, eventType, by, where, overMs }: Exclude<Window, { kind: "previous" }>): string {
  const over = kind === "count" ? ` over ${writeDuration(overMs)}` : "";
  return `${eventType}${where === undefined ? "" : " (some)"}${over}${by === undefined ? "" : ` by ${by}`}`;
}

/** `at` of the kernel with its path split once. Own members only. */
export function reader(path: string): (value: unknown) => unknown {
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
