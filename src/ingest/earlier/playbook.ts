import { strayPath } from "../../domain/playbook/paths.ts";
import type { Json } from "../../kernel/json.ts";
import { fieldOf, idOf, legacyType, operatorOf, severityOf, typeOf } from "./names.ts";
import { type KeywordPlaybook, readEarlierPlaybook, type SteppedPlaybook, type WordPlaybook } from "./shapes.ts";

/** A playbook's file in the making. It is off until a person has looked at it. */
export interface Draft {
  readonly id: string;
  readonly document: Readonly<Record<string, Json>>;
  /** What of the earlier playbook is not in it, or not the same, in sentences. */
  readonly notes: readonly string[];
}

export type Imported =
  | ({ readonly kind: "mapped" } & Draft)
  | { readonly kind: "refused"; readonly id: string; readonly why: string };

const MINUTE_MS = 60_000;

/** Makes a playbook of a record of the earlier system. What would match everything or do nothing is refused. */
export function importPlaybook(record: unknown): Imported {
  const read = readEarlierPlaybook(record);
  switch (read.shape) {
    case "none":
      return { kind: "refused", id: nameIn(record), why: read.why };
    case "keywords":
      return fromKeywords(read.playbook);
    case "steps":
      return fromSteps(read.playbook);
    case "words":
      return fromWords(read.playbook);
  }
}

function fromKeywords(old: KeywordPlaybook): Imported {
  const id = idOf(old.id);
  const keywords = old.trigger.keywords.map((word) => word.trim()).filter((word) => word !== "");
  if (keywords.length === 0) return { kind: "refused", id, why: "it has no keywords: it would match whatever fails" };
  const command = old.action.command?.trim() ?? "";
  const act = fromCommand(id, old.action.type, command, old.name ?? old.description ?? old.id);
  if (act === undefined) return { kind: "refused", id, why: "it has no command: it would do nothing" };
  const severities = old.trigger.severity.flatMap((name) => severityOf(name) ?? []);
  const fails =
    severities.length === 0 || severities.some((severity) => severity === "error" || severity === "critical");
  const verify = old.action.verify_command ?? old.metadata?.verify_command;
  return {
    kind: "mapped",
    id,
    document: {
      id,
      ...about(old.name, old.description),
      enabled: false,
      trigger: {
        event_type: "task.failed",
        conditions: { all: [{ path: "event.data.error.message", iregex: keywords.map(quoted).join("|") }] },
      },
      actions: [act.action],
      validation: UNVERIFIED,
      grants: act.grants,
      ...(old.action.type === "confirm" || old.action.risk === "medium" ? { risk: "medium" } : {}),
      ...(old.cooldown_min === undefined ? {} : { cooldownMs: Math.round(old.cooldown_min * MINUTE_MS) }),
    },
    notes: [
      "It looked at the text of every event; this one looks at the messages of failed tasks.",
      ...(fails ? [] : [`It looked at ${old.trigger.severity.join(", ")}; a failed task is an error.`]),
      ...act.notes,
      ...(verify === undefined ? [] : [`Its check is not carried over, so its runs stay unverified: ${verify}`]),
    ],
  };
}

interface Act {
  readonly action: Json;
  readonly grants: readonly string[];
  readonly notes: readonly string[];
}

function fromCommand(id: string, type: string, command: string, says: string): Act | undefined {
  const echoed = /^echo\s+(?:'([^']*)'|"([^"]*)"|([^|&;<>$`]*))$/.exec(command);
  if (echoed !== null) return notice((echoed[1] ?? echoed[2] ?? echoed[3] ?? says).trim());
  if (type === "notify") return notice(says, command === "" ? [] : [`Its command is not carried over: ${command}`]);
  if (command === "") return undefined;
  const name = id.replaceAll("_", "-");
  return {
    action: { type: "run_command", params: { command: name } },
    grants: [`exec:${name}`],
    notes: [`Declare the command "${name}" under reactor.commands, as a program and its arguments. It was: ${command}`],
  };
}

function notice(text: string, notes: readonly string[] = []): Act {
  return { action: { type: "notify", params: { channel: "log", text } }, grants: ["notify:log"], notes };
}

function fromSteps(old: SteppedPlaybook): Imported {
  const id = idOf(old.name);
  const event = old.trigger.event_type ?? old.trigger.event;
  if (event === undefined) return { kind: "refused", id, why: "its trigger names no event: it would match everything" };
  const acts = old.actions.map(fromStep);
  const done = acts.flatMap((act) => (act.action === undefined ? [] : [act.action]));
  const lost = acts.flatMap(({ notes }) => notes);
  if (done.length === 0) return { kind: "refused", id, why: `none of its steps exists here: ${lost.join(" ")}` };
  const { type, isOurs } = typeOf(event);
  const conditions = Object.entries(old.trigger.conditions ?? {}).map(([field, wanted]) =>
    conditionOf(field, wanted, type),
  );
  const wrong = conditions.flatMap(({ note }) => (note === undefined ? [] : [note]));
  const all = conditions.flatMap(({ condition }) => (condition === undefined ? [] : [condition]));
  if (conditions.length > 0 && all.length === 0)
    return { kind: "refused", id, why: `none of its conditions can be carried over: ${wrong.join(" ")}` };
  return {
    kind: "mapped",
    id,
    document: {
      id,
      ...about(undefined, old.description),
      enabled: false,
      trigger: { event_type: type, ...(all.length === 0 ? {} : { conditions: { all } }) },
      actions: done,
      validation: acts.some(({ action }) => action === retried) ? taskSucceeds : UNVERIFIED,
      grants: [...new Set(acts.flatMap(({ grants }) => grants))],
      ...(old.priority === "critical" ? { priority: "P0" } : old.priority === "high" ? { priority: "P1" } : {}),
    },
    notes: [...(isOurs ? [] : [unknownEvent(event)]), ...wrong, ...lost],
  };
}

interface Step {
  readonly action?: Json;
  readonly grants: readonly string[];
  readonly notes: readonly string[];
}

function fromStep({ type, message }: SteppedPlaybook["actions"][number]): Step {
  switch (type) {
    case "log":
    case "notify":
    case "alert":
      if (message === undefined) return { grants: [], notes: [`The step "${type}" says nothing.`] };
      return {
        ...notice(message),
        notes: /\{\w+\}/.test(message) ? [`Nothing is filled into the message: ${message}`] : [],
      };
    case "restart_task":
    case "retry":
    case "retry_task":
      return { action: retried, grants: ["task.retry:own"], notes: [] };
    case "restart_agent":
      return {
        action: { type: "restart_agent", target: { $ref: "event.data.agentId" } },
        grants: ["process.signal:own"],
        notes: [],
      };
    default:
      return { grants: [], notes: [`The step "${type}" has no counterpart.`] };
  }
}

/** The earlier system had no other signal than the command's own. */
const UNVERIFIED: Json = { check: "none" };
const taskSucceeds: Json = { check: "task_succeeded", params: { target: { $ref: "event.data.taskId" } } };
const retried: Json = { type: "retry_task", target: { $ref: "event.data.taskId" } };

function conditionOf(field: string, wanted: Json, type: string): { readonly condition?: Json; readonly note?: string } {
  const path = fieldOf(field);
  if (strayPath(path, { eventType: type, parameters: [] }) !== undefined)
    return { note: `The condition on "${field}" is dropped: ${type} has nothing of the kind.` };
  if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted))
    return { condition: Array.isArray(wanted) ? { path, in: wanted } : { path, eq: wanted } };
  const given = Object.entries(wanted);
  const compared = given.flatMap(([name, operand]): readonly [string, Json][] => {
    const operator = operatorOf(name);
    return operator === undefined ? [] : [[operator, operand]];
  });
  if (compared.length < given.length || compared.length === 0)
    return { note: `The condition on "${field}" cannot be read.` };
  return { condition: { path, ...Object.fromEntries<Json>(compared) } };
}

function fromWords(old: WordPlaybook): Imported {
  const id = idOf(old.name);
  const { type, isOurs } = typeOf(old.trigger);
  if (!/restart|retry/.test(old.action))
    return { kind: "refused", id, why: `its action "${old.action}" has no counterpart` };
  if (!isOurs) return { kind: "refused", id, why: unknownEvent(old.trigger) };
  return {
    kind: "mapped",
    id,
    document: {
      id,
      enabled: false,
      trigger: {
        event_type: "task.failed",
        ...(type === "task.failed" ? {} : { conditions: timeoutOnly(old.trigger) }),
      },
      actions: [retried],
      validation: taskSucceeds,
      grants: ["task.retry:own"],
    },
    notes: [`Of its action "${old.action}" only trying the task again is carried over.`],
  };
}

/** The trigger named an error: only that one is meant. */
function timeoutOnly(name: string): Json {
  return { all: [{ path: "event.data.error.message", iregex: quoted(name) }] };
}

function unknownEvent(name: string): string {
  return `Nothing here publishes "${name}": it listens to ${legacyType(name)}, which imported events have.`;
}

function about(title: string | undefined, description: string | undefined): Readonly<Record<string, Json>> {
  return { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) };
}

function quoted(text: string): string {
  return text.replace(/[\\^$.|?+*()[\]{}]/g, "\\$&");
}

function nameIn(record: unknown): string {
  if (record === null || typeof record !== "object") return "?";
  for (const key of ["id", "name"]) {
    const value: unknown = Reflect.get(record, key);
    if (typeof value === "string") return value;
  }
  return "?";
}
