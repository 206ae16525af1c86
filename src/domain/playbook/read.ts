import type { z } from "zod";
import type { Fault } from "../../kernel/errors.ts";
import { unkept } from "../../kernel/json.ts";
import { readAsked, readCondition } from "./condition.ts";
import type { Condition } from "./condition-form.ts";
import { judgeEventType } from "./event-type.ts";
import { unknownName } from "./nearest.ts";
import { MAX_TARGETS, NO_CHECK, type Params, type Playbook, type Validation, validationDefaults } from "./schema.ts";
import { type PlaybookSource, playbookSource } from "./source.ts";

export type ReadResult =
  | { readonly kind: "ok"; readonly playbook: Playbook }
  | { readonly kind: "bad"; readonly faults: readonly Fault[] };

/** Members of the seed's own form; a file with any other is in the full form and must name its grants. */
const seedMembers = new Set([
  "$schema",
  "id",
  "name",
  "title",
  "description",
  "enabled",
  "trigger",
  "actions",
  "validation",
  "tests",
]);

/** Reads a playbook as written into its normal form, or says what is wrong, where, and what to write instead. */
export function readPlaybook(raw: unknown): ReadResult {
  const lost = unkept(raw);
  if (lost !== undefined) return { kind: "bad", faults: [{ path: jsonPath(lost.path), message: lost.why }] };
  const parsed = playbookSource.safeParse(raw);
  if (!parsed.success) return { kind: "bad", faults: parsed.error.issues.flatMap((issue) => faultsOf(issue)) };
  const source = parsed.data;
  const faults: Fault[] = [];
  const trigger = readTrigger(source, faults);
  const form = Object.keys(source).every((name) => seedMembers.has(name)) ? "seed" : "full";
  faults.push(...judgeWhole(source, trigger, form));
  return faults.length > 0 ? { kind: "bad", faults } : { kind: "ok", playbook: normal(source, trigger, form) };
}

function normal(source: PlaybookSource, trigger: Playbook["trigger"], form: Playbook["form"]): Playbook {
  return {
    id: source.id,
    title: source.title ?? source.name ?? source.id,
    description: source.description ?? "",
    enabled: source.enabled ?? true,
    ...(source.draft === undefined ? {} : { draft: source.draft }),
    priority: source.priority ?? "P2",
    form,
    trigger,
    target: source.target,
    prechecks: (source.prechecks ?? []).map(({ check, params }) => ({ check, params: params ?? {} })),
    parameters: source.parameters ?? {},
    actions: source.actions.map(({ type, target, params, onFailure }) => ({
      type,
      params: { ...(target === undefined ? {} : { target }), ...params },
      onFailure: onFailure ?? "stop",
    })),
    validation: normalValidation(source.validation),
    rollback: source.rollback ?? true,
    next: source.next,
    risk: source.risk ?? "low",
    grants: source.grants ?? [],
    cooldownMs: source.cooldownMs,
    maxTargets: source.maxTargets ?? MAX_TARGETS,
    tests: source.tests ?? [],
  };
}

function normalValidation(source: PlaybookSource["validation"]): Validation {
  const { check, params, settleMs, intervalMs, probes, required, timeoutMs, ...rest } = source ?? { check: NO_CHECK };
  const count = probes ?? Math.max(validationDefaults.probes, required ?? 0);
  const merged: Params = { ...rest, ...params };
  return {
    check,
    params: merged,
    settleMs: settleMs ?? validationDefaults.settleMs,
    intervalMs: intervalMs ?? validationDefaults.intervalMs,
    probes: count,
    required: required ?? Math.floor(count / 2) + 1,
    timeoutMs: timeoutMs ?? Math.max(validationDefaults.timeoutMs, count * (intervalMs ?? 0) * 2),
  };
}

/** What begins the playbook: an event, or the absence of one, which the engine tells by an event of its own. */
function readTrigger({ id, trigger }: PlaybookSource, faults: Fault[]): Playbook["trigger"] {
  const { event_type: named, absent, conditions } = trigger;
  if (named !== undefined && absent !== undefined)
    faults.push({ path: "trigger.absent", message: "name either event_type or absent" });
  if (named === undefined && absent === undefined)
    faults.push({ path: "trigger.event_type", message: "name the event type that begins it, or absent" });
  const eventType = absent === undefined ? (named ?? "") : "playbook.absence";
  if (named !== undefined) faults.push(...judgeEventType(named, "trigger.event_type"));
  const condition = readCondition(conditions, eventType, "trigger.conditions", faults);
  if (absent === undefined) return { eventType, condition };
  const at = "trigger.absent";
  const asked = readAsked(absent, "event_type", { eventType, faults, depth: 0 }, at);
  const own: Condition = { kind: "leaf", path: "event.data.playbookId", op: "eq", operand: id, at };
  return {
    eventType,
    condition: { kind: "all", of: [own, condition], at },
    absent: { window: { ...asked, kind: "last" } },
  };
}

function judgeWhole(source: PlaybookSource, trigger: Playbook["trigger"], form: Playbook["form"]): readonly Fault[] {
  const faults: Fault[] = [];
  const { condition } = trigger;
  const draft = source.draft === true;
  if (!draft && source.actions.length === 0)
    faults.push({ path: "actions", message: "it does nothing: name at least one action" });
  if (trigger.eventType.startsWith("*") && condition.kind === "all" && condition.of.length === 0)
    faults.push({ path: "trigger", message: "it matches everything: name an event type, or add conditions" });
  if (!draft && form === "full" && source.validation === undefined)
    faults.push({ path: "validation", message: "say how success is verified, for example {check, params}" });
  const { probes, required } = source.validation ?? {};
  if (probes !== undefined && required !== undefined && required > probes)
    faults.push({ path: "validation.required", message: `${required} of ${probes} probes can never be reached` });
  for (const [index, action] of source.actions.entries())
    if (action.target !== undefined && action.params?.["target"] !== undefined)
      faults.push({ path: `actions[${index}].target`, message: "named twice: here and in params" });
  return faults;
}

/** A zod issue as faults with their JSON path; an unknown member gets the closest known name. */
function faultsOf(issue: z.core.$ZodIssue): readonly Fault[] {
  const path = jsonPath(issue.path);
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  const known = issue.path.length === 0 ? Object.keys(playbookSource.shape) : [];
  return issue.keys.map((key) => ({
    path: path === "" ? key : `${path}.${key}`,
    message: known.length > 0 ? unknownName("member", key, known) : `unknown member "${key}"`,
  }));
}

/** `actions[0].type` */
export function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}
