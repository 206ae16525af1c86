import { z } from "zod";
import { canonical } from "../../kernel/hash.ts";
import type { Json } from "../../kernel/json.ts";
import { compileRegex, repeatOfRepeat } from "./regex.ts";

/** Three-valued: what is missing, or of a kind the operator cannot compare, is `null` (unknown) and never false. */
export type Verdict = boolean | null;

/** `before` is what stood there in the event before, for the operators that ask. */
export type Test = (seen: unknown, before?: { readonly value: unknown }) => Verdict;

interface Operator<S extends z.ZodType = z.ZodType> {
  readonly says: string;
  readonly operand: S;
  readonly compile: (operand: z.infer<S>) => Test;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const ordered = z.union([z.string(), z.number()]);
const pattern = z.string().superRefine((text, context) => {
  const regex = compileRegex(text, false);
  const repeated = repeatOfRepeat(text);
  if (regex.kind === "bad") context.addIssue({ code: "custom", message: `not a regular expression: ${regex.why}` });
  else if (repeated !== undefined)
    context.addIssue({ code: "custom", message: `${repeated.found} repeats a repeat: write ${repeated.instead}` });
});

function operator<S extends z.ZodType>(says: string, operand: S, compile: (operand: z.infer<S>) => Test): Operator<S> {
  return { says, operand, compile };
}

/** Every operator of a condition: the schema, the reference and the matcher follow from this table. */
export const operators = {
  eq: operator("equals", z.json(), (wanted) => (seen) => known(seen, (value) => same(value, wanted))),
  ne: operator("differs from", z.json(), (wanted) => (seen) => known(seen, (value) => !same(value, wanted))),
  gt: operator("is greater than", ordered, (limit) => compared(limit, (order) => order > 0)),
  gte: operator("is at least", ordered, (limit) => compared(limit, (order) => order >= 0)),
  lt: operator("is less than", ordered, (limit) => compared(limit, (order) => order < 0)),
  lte: operator("is at most", ordered, (limit) => compared(limit, (order) => order <= 0)),
  between: operator(
    "lies between, both ends included",
    z.tuple([z.number(), z.number()]),
    ([low, high]) =>
      (seen) =>
        typeof seen === "number" ? seen >= low && seen <= high : null,
  ),
  in: operator("is one of", z.array(scalar).min(1), (list) => (seen) => known(seen, (value) => among(list, value))),
  nin: operator("is none of", z.array(scalar).min(1), (list) => (seen) => known(seen, (value) => !among(list, value))),
  contains: operator("contains", scalar, (part) => (seen) => holds(seen, part)),
  ncontains: operator("does not contain", scalar, (part) => (seen) => opposite(holds(seen, part))),
  startswith: operator("starts with", z.string(), (start) => text((seen) => seen.startsWith(start))),
  endswith: operator("ends with", z.string(), (end) => text((seen) => seen.endsWith(end))),
  exists: operator("exists", z.boolean(), (wanted) => (seen) => (seen !== undefined) === wanted),
  regex: operator("matches", pattern, (source) => expression(source, false)),
  changed: operator("has changed since the event before:", z.boolean(), (wanted) => (seen, before) => {
    if (seen === undefined || before === undefined) return null;
    return (canonical(seen) !== canonical(before.value)) === wanted;
  }),
  iregex: operator("matches, whatever the case,", pattern, (source) => expression(source, true)),
} as const;

/** Operators that compare with the event before, of the same type and subject. */
export const asksBefore: ReadonlySet<string> = new Set(["changed"]);

export type OperatorName = keyof typeof operators;
export const operatorNames = Object.keys(operators) as readonly OperatorName[];

export function isOperator(name: string): name is OperatorName {
  return Object.hasOwn(operators, name);
}

/** The test of one operator and operand, or what is wrong with the operand. */
export function compileOperator(
  name: OperatorName,
  operand: unknown,
):
  | { readonly kind: "ok"; readonly test: Test; readonly operand: Json }
  | { readonly kind: "bad"; readonly why: string } {
  const entry: Operator = operators[name];
  const parsed = entry.operand.safeParse(operand);
  if (!parsed.success) return { kind: "bad", why: parsed.error.issues.map((issue) => issue.message).join("; ") };
  return { kind: "ok", test: entry.compile(parsed.data), operand: z.json().parse(parsed.data) };
}

export function opposite(verdict: Verdict): Verdict {
  return verdict === null ? null : !verdict;
}

function known(seen: unknown, test: (value: unknown) => boolean): Verdict {
  return seen === undefined ? null : test(seen);
}

function same(seen: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return seen === wanted;
  return typeof seen === "object" && canonical(seen) === canonical(wanted);
}

function among(list: readonly unknown[], value: unknown): boolean {
  return list.some((member) => member === value);
}

function compared(limit: string | number, accept: (order: number) => boolean): Test {
  return (seen) => {
    if (typeof limit === "number") return typeof seen === "number" && !Number.isNaN(seen) ? accept(seen - limit) : null;
    if (typeof seen !== "string") return null;
    return accept(seen < limit ? -1 : seen > limit ? 1 : 0);
  };
}

function holds(seen: unknown, part: unknown): Verdict {
  if (typeof seen === "string") return typeof part === "string" ? seen.includes(part) : null;
  return Array.isArray(seen) ? seen.includes(part) : null;
}

function text(test: (seen: string) => boolean): Test {
  return (seen) => (typeof seen === "string" ? test(seen) : null);
}

function expression(source: string, ignoreCase: boolean): Test {
  const regex = compileRegex(source, ignoreCase);
  return regex.kind === "ok" ? text(regex.test) : () => null;
}
