import type { Plan, PlanStep, Via } from "../../events/types/playbook.ts";
import { target as targetSchema } from "../../events/vocabulary.ts";
import { canonical, type Hash } from "../../kernel/hash.ts";
import type { Json } from "../../kernel/json.ts";
import type { Target } from "../../kernel/target.ts";
import type { Catalogue, PlanRefusal } from "./catalogue.ts";
import type { Facts } from "./facts.ts";
import { missingGrants } from "./grants.ts";
import { resolve, resolveParams } from "./references.ts";
import { assessRisk, type RiskSettings, type RiskStep, riskOfStep } from "./risk.ts";
import type { ActionCall, CheckCall, Params, Playbook } from "./schema.ts";

export interface PlanContext {
  readonly catalogue: Catalogue;
  readonly hash: Hash;
  /** Hash of the playbook, as its rule carries it. */
  readonly playbookHash: string;
  /** Asked only by an action that means all of them. */
  readonly idleAgents: () => readonly string[];
  readonly risk: RiskSettings;
  readonly via: Via;
  /** The target of a run that this one follows: it works on the same. */
  readonly target?: Target;
  /** Verified outcomes of this playbook so far. */
  readonly record?: { readonly fixed: number; readonly failed: number };
  /** Values for the playbook's parameters, where a person gave them. */
  readonly parameters?: Params;
  /** The error budget is spent: every run asks. */
  readonly budgetSpent?: boolean;
}

export type PlanResult =
  | { readonly kind: "plan"; readonly plan: Plan; readonly planHash: string; readonly target: Target }
  | { readonly kind: "refused"; readonly reason: PlanRefusal; readonly detail: string };

type Refused = Extract<PlanResult, { kind: "refused" }>;

export const HOST: Target = { kind: "host", id: "local" };

/** Decides a run in full before anything is done: references resolved, selections frozen, risk and grants judged. */
export function resolvePlan(playbook: Playbook, facts: Facts, context: PlanContext): PlanResult {
  const parameters = resolveParameters(playbook, context.parameters ?? {});
  if (parameters.kind === "refused") return parameters;
  const known: Facts = { ...facts, parameters: parameters.value };
  const target: Value<Target> =
    context.target === undefined ? resolveTarget(playbook, known) : { kind: "ok", value: context.target };
  if (target.kind === "refused") return target;
  const grants = effectiveGrants(playbook, context.catalogue);
  const steps = resolveSteps(playbook, known, context, grants);
  if (steps.kind === "refused") return steps;
  const prechecks: CheckCall[] = [];
  for (const [index, call] of playbook.prechecks.entries()) {
    const resolved = resolveCheck(call, `prechecks[${index}].params`, known, context.catalogue);
    if (resolved.kind === "refused") return resolved;
    prechecks.push({ check: call.check, params: resolved.value });
  }
  const checked = resolveCheck(playbook.validation, "validation.params", known, context.catalogue);
  if (checked.kind === "refused") return checked;

  const judged = { playbook: playbook.risk, steps: steps.risks };
  const { risk, verdict, why } = assessRisk(
    context.record === undefined ? judged : { ...judged, record: context.record },
    context.risk,
  );
  if (verdict === "forbid") return refused("forbidden", why.join("; "));
  const asks = approvalReasons(playbook, verdict === "ask", context);
  const plan: Plan = {
    playbookHash: context.playbookHash,
    prechecks: prechecks.map(({ check, params }) => ({ check, params: { ...params } })),
    steps: steps.value,
    validation: { ...playbook.validation, params: { ...checked.value } },
    rollback: playbook.rollback,
    risk,
    riskWhy: [...why, ...asks],
    // A person who starts a run has approved it, unless it is dangerous: that takes a second one.
    needsApproval: context.via === "manual" ? risk === "dangerous" : verdict === "ask" || asks.length > 0,
    grants: [...grants],
  };
  return { kind: "plan", plan, planHash: planHashOf(plan, context.hash), target: target.value };
}

/** What an approval is bound to. */
export function planHashOf(plan: Plan, hash: Hash): string {
  return hash.sha256(canonical(plan));
}

/** Named grants; in the seed's form, what the action kinds own. */
export function effectiveGrants(playbook: Playbook, catalogue: Catalogue): readonly string[] {
  if (playbook.form === "full") return playbook.grants;
  return [...new Set(playbook.actions.flatMap((call) => catalogue.actions.get(call.type)?.ownScope ?? []))];
}

function approvalReasons(playbook: Playbook, risky: boolean, context: PlanContext): readonly string[] {
  return [
    ...(playbook.tests.length === 0 ? ["ask: the playbook carries no tests"] : []),
    ...(context.budgetSpent === true ? ["ask: the playbook's error budget is spent"] : []),
    ...(risky ? ["ask: the risk is above low"] : []),
  ];
}

type Value<T> = { readonly kind: "ok"; readonly value: T } | Refused;

function resolveSteps(
  playbook: Playbook,
  facts: Facts,
  context: PlanContext,
  grants: readonly string[],
): (Extract<Value<PlanStep[]>, { kind: "ok" }> & { readonly risks: readonly RiskStep[] }) | Refused {
  const value: PlanStep[] = [];
  const risks: RiskStep[] = [];
  for (const [index, call] of playbook.actions.entries()) {
    const step = resolveStep(call, index, facts, { ...context, maxTargets: playbook.maxTargets, grants });
    if (step.kind === "refused") return step;
    value.push(step.value);
    risks.push(step.risk);
  }
  return { kind: "ok", value, risks };
}

function resolveStep(
  call: ActionCall,
  index: number,
  facts: Facts,
  context: PlanContext & { readonly maxTargets: number; readonly grants: readonly string[] },
): (Extract<Value<PlanStep>, { kind: "ok" }> & { readonly risk: RiskStep }) | Refused {
  const kind = context.catalogue.actions.get(call.type);
  if (kind === undefined) return refused("unknown_kind", `there is no action "${call.type}"`);
  const params = resolveParams(call.params, facts, `actions[${index}].params`);
  if (params.kind === "missing") return missing(params.at, params.path);
  const settled = kind.settle(params.value, {
    get idleAgents() {
      return context.idleAgents();
    },
    maxTargets: context.maxTargets,
  });
  if (settled.kind === "refused") return refused(settled.reason, `actions[${index}]: ${settled.detail}`);
  const lacking = missingGrants(settled.grants, context.grants);
  if (lacking.length > 0) return refused("grant", `actions[${index}]: ${call.type} needs ${lacking.join(", ")}`);
  const { risk, reversible, idempotent, code } = kind;
  const { outside, targets, agents } = settled;
  return {
    kind: "ok",
    value: {
      action: call.type,
      params: { ...settled.params },
      onFailure: call.onFailure,
      risk: riskOfStep({ risk, reversible, outside }),
      reversible,
      idempotent,
      says: settled.says,
      agents: [...agents],
      ...(code === undefined ? {} : { code }),
    },
    risk: { action: call.type, risk, reversible, outside, targets },
  };
}

function resolveCheck(call: CheckCall, where: string, facts: Facts, catalogue: Catalogue): Value<Params> {
  const check = catalogue.checks.get(call.check);
  if (check === undefined) return refused("unknown_kind", `there is no check "${call.check}"`);
  const params = resolveParams(call.params, facts, where);
  if (params.kind === "missing") return missing(params.at, params.path);
  const settled = check.settle(params.value);
  return settled.kind === "bad"
    ? refused("params", `${where}: ${settled.detail}`)
    : { kind: "ok", value: settled.params };
}

function resolveTarget(playbook: Playbook, facts: Facts): Value<Target> {
  if (playbook.target === undefined) return { kind: "ok", value: defaultTarget(facts) };
  const id = resolve(playbook.target.id, facts, "target.id");
  if (id.kind === "missing") return missing(id.at, id.path);
  const parsed = targetSchema.safeParse({ kind: playbook.target.kind, id: textOf(id.value) });
  return parsed.success ? { kind: "ok", value: parsed.data } : refused("target", "target.id is no text");
}

/** The agent that the event is about, else the host. */
export function defaultTarget(facts: Facts): Target {
  const data: unknown = facts.event.data;
  const named = data !== null && typeof data === "object" && "agentId" in data ? data.agentId : undefined;
  const id = typeof named === "string" && named !== "" ? named : facts.agent?.id;
  return id === undefined ? HOST : { kind: "agent", id };
}

function resolveParameters(playbook: Playbook, given: Params): Value<Params> {
  const stray = Object.keys(given).find((name) => !Object.hasOwn(playbook.parameters, name));
  if (stray !== undefined) return refused("params", `the playbook has no parameter "${stray}"`);
  const entries: [string, Json][] = [];
  for (const [name, { type, default: fallback }] of Object.entries(playbook.parameters)) {
    const value = given[name] ?? fallback;
    if (value === undefined) continue;
    const fits = type === "integer" ? Number.isInteger(value) : typeof value === type;
    if (!fits) return refused("params", `parameters.${name} must be of type ${type}`);
    entries.push([name, value]);
  }
  return { kind: "ok", value: Object.fromEntries(entries) };
}

function textOf(value: Json): Json {
  return typeof value === "number" ? String(value) : value;
}

function missing(where: string, path: string): Refused {
  return refused("reference", `${where}: there is no ${path}`);
}

function refused(reason: PlanRefusal, detail: string): Refused {
  return { kind: "refused", reason, detail };
}
