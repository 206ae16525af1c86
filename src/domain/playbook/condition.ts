import { parseDuration } from "../../kernel/duration.ts";
import type { Fault } from "../../kernel/errors.ts";
import type { Condition } from "./condition-form.ts";
import { judgeEventType } from "./event-type.ts";
import { factRoots } from "./facts.ts";
import { unknownName } from "./nearest.ts";
import { asksBefore, compileOperator, isOperator, operatorNames } from "./operators.ts";
import { strayPath } from "./paths.ts";

const DEPTH_LIMIT = 32;
const WINDOW_MOST_MS = 7 * 86_400_000;
const groupNames = ["all", "any", "not"] as const;

/**
 * Reads conditions as written in a file into the normal form; what is wrong goes to `faults` with its JSON path.
 * Two spellings: nested `all`, `any`, `not` over `{path, OPERATOR: value}`, or the short one `{"resource": "cpu"}`,
 * where a bare name means `event.data.NAME`.
 */
export function readCondition(raw: unknown, eventType: string, at: string, faults: Fault[]): Condition {
  if (raw === undefined) return { kind: "all", of: [], at };
  return readNode(raw, { eventType, faults, depth: 0 }, at);
}

export interface Reading {
  readonly eventType: string;
  readonly faults: Fault[];
  readonly depth: number;
}

function readNode(raw: unknown, reading: Reading, at: string): Condition {
  const nothing: Condition = { kind: "any", of: [], at };
  const fail = (message: string, path = at) => {
    reading.faults.push({ path, message });
    return nothing;
  };
  if (reading.depth > DEPTH_LIMIT) return fail(`conditions may be nested ${DEPTH_LIMIT} deep`);
  const inner = { ...reading, depth: reading.depth + 1 };
  if (Array.isArray(raw)) return { kind: "all", of: raw.map((part, i) => readNode(part, inner, `${at}[${i}]`)), at };
  if (raw === null || typeof raw !== "object") return fail("a condition is an object such as {path, eq} or {all: […]}");
  const members = Object.entries(raw);
  const group = groupNames.find((name) => Object.hasOwn(raw, name));
  if (group === undefined) {
    const past = readPast(raw, inner, at);
    if (past !== undefined) return past;
    return Object.hasOwn(raw, "path") ? readLeaves(members, inner, at) : readShort(members, inner, at);
  }
  const [other] = members.filter(([name]) => name !== group);
  if (other !== undefined) return fail(`"${group}" stands alone: put "${other[0]}" inside it`, `${at}.${other[0]}`);
  const content: unknown = members[0]?.[1];
  if (group === "not") return { kind: "not", of: readNode(content, inner, `${at}.not`), at };
  if (!Array.isArray(content) || content.length === 0)
    return fail("a list with at least one condition", `${at}.${group}`);
  return { kind: group, of: content.map((part, i) => readNode(part, inner, `${at}.${group}[${i}]`)), at };
}

/** `{path, gte: 80, lt: 95}`: every operator must hold. */
function readLeaves(members: readonly (readonly [string, unknown])[], reading: Reading, at: string): Condition {
  const path: unknown = members.find(([name]) => name === "path")?.[1];
  const operations = members.filter(([name]) => name !== "path");
  if (typeof path !== "string" || path === "")
    reading.faults.push({ path: `${at}.path`, message: 'a path such as "event.data.value"' });
  else judgePath(path, `${at}.path`, reading);
  if (operations.length === 0)
    reading.faults.push({ path: at, message: `an operator is missing: one of ${operatorNames.join(", ")}` });
  return allOf(
    operations.map(([name, operand]) => readOperation(String(path), name, operand, reading, at)),
    at,
  );
}

function judgePath(path: string, at: string, { eventType, faults }: Reading): void {
  const stray = strayPath(path, { eventType });
  if (stray !== undefined) faults.push({ path: at, message: stray });
}

function readOperation(path: string, name: string, operand: unknown, reading: Reading, at: string): Condition {
  const nothing: Condition = { kind: "any", of: [], at };
  if (!isOperator(name)) {
    reading.faults.push({ path: `${at}.${name}`, message: unknownName("operator", name, operatorNames) });
    return nothing;
  }
  const compiled = compileOperator(name, operand);
  if (compiled.kind === "bad") {
    reading.faults.push({ path: `${at}.${name}`, message: compiled.why });
    return nothing;
  }
  const leaf = { kind: "leaf", path, op: name, operand: compiled.operand, at: `${at}.${name}` } as const;
  if (!asksBefore.has(name)) return leaf;
  if (!path.startsWith("event.")) {
    const message = `"${name}" compares with the event before, so its path begins with event`;
    reading.faults.push({ path: `${at}.${name}`, message });
    return nothing;
  }
  return { ...leaf, before: { kind: "previous", eventType: reading.eventType, path } };
}

const pastFacts = ["count", "rate", "absent"] as const;

/** `{count | rate: TYPE, over, by?, where?, OPERATOR: n}` or `{absent: TYPE, for, by?, where?}`; `undefined` for others. */
function readPast(raw: object, reading: Reading, at: string): Condition | undefined {
  const members: Readonly<Record<string, unknown>> = { ...raw };
  const fact = pastFacts.find((name) => typeof members[name] === "string");
  if (fact === undefined || !(Object.hasOwn(raw, "over") || Object.hasOwn(raw, "for"))) return undefined;
  const asked = readAsked(members, fact, reading, at);
  if (fact === "absent") {
    const [other] = Object.keys(members).filter((name) => !["absent", "for", "by", "where"].includes(name));
    if (other !== undefined)
      reading.faults.push({ path: `${at}.${other}`, message: '"absent" takes for, by and where, and no operator' });
    return { kind: "absent", window: { ...asked, kind: "last" }, at };
  }
  const operations = Object.entries(members).filter(([name]) => ![fact, "over", "by", "where"].includes(name));
  if (operations.length === 0)
    reading.faults.push({ path: at, message: `an operator is missing, for example {"gte": 3}` });
  const parts = operations.map(([name, operand]): Condition => {
    const read = readOperation("event.data", name, operand, reading, at);
    if (read.kind !== "leaf") return read;
    const { op, operand: value, at: where } = read;
    return {
      kind: "count",
      window: { ...asked, kind: "count" },
      perMinute: fact === "rate",
      op,
      operand: value,
      at: where,
    };
  });
  return allOf(parts, at);
}

/** What every question about the past names: the events, how they belong together, and how far back. */
export function readAsked(
  members: Readonly<Record<string, unknown>>,
  fact: string,
  reading: Reading,
  at: string,
): { readonly eventType: string; readonly by?: string; readonly where?: Condition; readonly overMs: number } {
  const { faults } = reading;
  const eventType = String(members[fact]);
  faults.push(...judgeEventType(eventType, `${at}.${fact}`));
  const name = Object.hasOwn(members, "over") ? "over" : "for";
  const span = members[name];
  const overMs = typeof span === "string" ? parseDuration(span) : undefined;
  if (overMs === undefined || overMs > WINDOW_MOST_MS)
    faults.push({ path: `${at}.${name}`, message: 'a duration such as "30s", "10m" or "2h", at most 7d' });
  const by = members["by"] === "agent" ? "event.data.agentId" : members["by"];
  if (by !== undefined && (typeof by !== "string" || !by.startsWith("event.")))
    faults.push({ path: `${at}.by`, message: 'a path into the event such as "event.data.agentId", or "agent"' });
  else if (by !== undefined) judgePath(by, `${at}.by`, { ...reading, eventType });
  const where =
    members["where"] === undefined ? undefined : readNode(members["where"], { ...reading, eventType }, `${at}.where`);
  if (where !== undefined && looksElsewhere(where))
    faults.push({ path: `${at}.where`, message: "it can look at the counted event alone: paths begin with event" });
  return {
    eventType,
    overMs: overMs ?? 1,
    ...(typeof by === "string" ? { by } : {}),
    ...(where === undefined ? {} : { where }),
  };
}

function looksElsewhere(condition: Condition): boolean {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.some(looksElsewhere);
    case "not":
      return looksElsewhere(condition.of);
    case "leaf":
      return !condition.path.startsWith("event.") || condition.before !== undefined;
    case "count":
    case "absent":
      return true;
  }
}

/** `{"resource": "cpu", "threshold": 80}`, the seed's spelling. */
function readShort(members: readonly (readonly [string, unknown])[], reading: Reading, at: string): Condition {
  const leaves = members.flatMap(([name, value]): Condition[] => {
    const where = `${at}.${name}`;
    const path = isRooted(name) ? name : `event.data.${name}`;
    judgePath(path, where, reading);
    if (name === "threshold" && typeof value === "number" && reading.eventType.startsWith("resource."))
      return atThreshold(value, members, where);
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      return Object.entries(value).map(([op, operand]) => readOperation(path, op, operand, reading, where));
    return [readOperation(path, Array.isArray(value) ? "in" : "eq", value, reading, where)];
  });
  return allOf(leaves, at);
}

/** A resource's `threshold` means the measured value, and the whole host unless a scope is named. */
function atThreshold(limit: number, members: readonly (readonly [string, unknown])[], at: string): Condition[] {
  const reached: Condition = { kind: "leaf", path: "event.data.value", op: "gte", operand: limit, at };
  if (members.some(([name]) => name === "scope")) return [reached];
  return [reached, { kind: "leaf", path: "event.data.scope", op: "eq", operand: "host", at }];
}

function isRooted(path: string): boolean {
  return factRoots.some((root) => path.startsWith(`${root}.`));
}

function allOf(parts: readonly Condition[], at: string): Condition {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { kind: "all", of: parts, at };
}
