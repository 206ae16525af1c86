import type { AnyEvent } from "../../events/envelope.ts";
import type { ChainStep, PlanStep, RunOrder } from "../../events/types/playbook.ts";
import type { Priority, ReactorMode, Severity } from "../../events/vocabulary.ts";
import type { Hash } from "../../kernel/hash.ts";
import { type Target, targetKey } from "../../kernel/target.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Link } from "./chain.ts";
import type { Facts } from "./facts.ts";
import { type AdmitRequest, admit, type Group, type PlaybookBreaker } from "./limits/admit.ts";
import type { LimitsSettings } from "./limits/settings.ts";
import { type LimitsState, touchedBy } from "./limits/state.ts";
import { defaultTarget, resolvePlan } from "./plan.ts";
import { prefer } from "./prefer.ts";
import { isBudgetSpent, recordOf, type SuccessRecord } from "./record.ts";
import type { RiskSettings } from "./risk.ts";
import type { Rule } from "./rules.ts";
import type { Params } from "./schema.ts";

/** A rule that an event calls for, and why. */
export interface Called {
  readonly rule: Rule;
  readonly via: RunOrder["via"];
  readonly why: readonly string[];
  /** Where it goes on after another run. */
  readonly link?: Link;
}

/** Everything the decision looks at. */
export interface Circumstances {
  readonly event: AnyEvent;
  readonly facts: Facts;
  readonly called: readonly Called[];
  /** Values that a person gave for a playbook's parameters. */
  readonly parameters?: Params;
  readonly mode: ReactorMode;
  readonly paused: boolean;
  readonly limits: LimitsState;
  readonly record: SuccessRecord;
  readonly limitsSettings: LimitsSettings;
  readonly riskSettings: RiskSettings;
  readonly catalogue: Catalogue;
  readonly hash: Hash;
  readonly idleAgents: () => readonly string[];
  readonly groupOf: (agentId: string) => Group | undefined;
  /** What a fingerprint was called before. */
  readonly formerly: (fingerprint: string) => readonly string[];
  readonly breakerOf: (playbookId: string) => PlaybookBreaker;
  /** What version of itself the target shows; an approval holds only for that. */
  readonly versionOf: (target: Target) => string;
  readonly nowMs: number;
  readonly approvalMs: number;
}

/** What the reactor concluded for one playbook and one event. */
export type Answer =
  | { readonly kind: "run"; readonly order: RunOrder }
  | {
      readonly kind: "suppressed";
      readonly rule: Rule;
      readonly runId: string;
      readonly target: Target;
      readonly reason: string;
      readonly detail: string;
      readonly agentId?: string;
      readonly planHash?: string;
      readonly chain?: ChainPast;
    }
  | {
      readonly kind: "refused";
      readonly rule: Rule;
      readonly runId: string;
      readonly via: RunOrder["via"];
      readonly target: Target;
      readonly reason: string;
      readonly rehearsed: boolean;
      readonly chain?: ChainPast;
    };

/** What a chain is about that ends with this answer. */
interface ChainPast {
  readonly after?: ChainStep[];
  readonly fingerprint?: string;
}

/** Severity decides how urgent a remedy is, unless its playbook is more urgent by itself. */
const urgency: Readonly<Record<Severity, Priority>> = {
  critical: "P0",
  error: "P1",
  warning: "P2",
  info: "P3",
  debug: "P3",
};

/**
 * Decides what answers an event: the preferred playbook that may run gets the one run, and every one preferred to it is
 * told why it does not; those behind it are not asked. Answers are values: nothing has happened yet.
 */
export function answer(circumstances: Circumstances): readonly Answer[] {
  const { called, record, facts } = circumstances;
  const candidates = called.map((one) => ({ ...one, playbookId: one.rule.playbook.id, risk: one.rule.playbook.risk }));
  const answers: Answer[] = [];
  const struck = facts.failure?.fingerprint;
  const names = struck === undefined ? [] : [struck, ...circumstances.formerly(struck)];
  // Of one there is nothing to compare.
  const preferred =
    candidates.length === 1 ? candidates : prefer(candidates, record, names).map((one) => one.candidate);
  for (const candidate of preferred) {
    const one = answerOf(candidate, circumstances);
    answers.push(one);
    if (one.kind === "run") break;
  }
  return answers;
}

/** The same event and playbook always give the same run, so that considering twice cannot act twice. */
export function runIdOf(eventId: string, playbookId: string, hash: Hash): string {
  return `run-${hash.sha256(`${eventId}\n${playbookId}`).slice(0, 16)}`;
}

function answerOf(called: Called, now: Circumstances): Answer {
  const { rule, via, link } = called;
  const { playbook } = rule;
  const runId = runIdOf(link?.settledId ?? now.event.id, playbook.id, now.hash);
  const { fingerprint, lessonId } = now.facts.failure ?? {};
  const after = link === undefined ? {} : { after: [...link.after] };
  const past = link === undefined ? {} : { chain: { ...after, ...(fingerprint === undefined ? {} : { fingerprint }) } };
  const { overall } = recordOf(now.record, playbook.id);
  const planned = resolvePlan(playbook, now.facts, {
    catalogue: now.catalogue,
    hash: now.hash,
    playbookHash: rule.hash,
    idleAgents: now.idleAgents,
    risk: now.riskSettings,
    via,
    record: overall,
    ...(link === undefined ? {} : { target: link.target }),
    ...(now.parameters === undefined ? {} : { parameters: now.parameters }),
    budgetSpent: isBudgetSpent(now.record, playbook.id, now.limitsSettings),
  });
  // Limits are asked first, so that what can never be planned is not refused anew by every event of a flood.
  const target = planned.kind === "plan" ? planned.target : (link?.target ?? defaultTarget(now.facts));
  const steps = planned.kind === "plan" ? planned.plan.steps : [];
  const request = { ...requestOf(called, target, steps, now), refused: planned.kind === "refused" };
  const admission = admit(now.limits, request, now.limitsSettings);
  const agentId = agentOf(target, now.facts);
  const suppressed = (reason: string, detail: string): Answer => ({
    kind: "suppressed",
    rule,
    runId,
    target,
    reason,
    detail,
    ...(agentId === undefined ? {} : { agentId }),
    ...(planned.kind === "plan" ? { planHash: planned.planHash } : {}),
    ...past,
  });
  if (admission.kind === "suppressed") return suppressed(admission.reason, admission.detail);
  if (planned.kind === "refused") {
    const reason = `${planned.reason}: ${planned.detail}`;
    if (now.mode === "observe") return suppressed("observing", `the reactor only observes; it would refuse, ${reason}`);
    return { kind: "refused", rule, runId, via, target, reason, rehearsed: now.mode === "rehearse", ...past };
  }
  if (now.mode === "observe") return suppressed("observing", "the reactor only observes");
  const { plan, planHash } = planned;
  const taskId = now.facts.task?.id;
  const order: RunOrder = {
    runId,
    playbookId: playbook.id,
    target,
    trigger: { id: now.event.id, sequence: now.event.sequence, type: now.event.type, at: now.event.at },
    via,
    mode: now.mode,
    priority: priorityOf(called, now.event),
    plan,
    planHash,
    targetVersion: now.versionOf(target),
    why: [...called.why],
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(lessonId === undefined ? {} : { lessonId }),
    ...(agentId === undefined ? {} : { agentId }),
    ...(taskId === undefined ? {} : { taskId }),
    approvalExpiresAtMs: now.nowMs + now.approvalMs,
    ...(playbook.next === undefined ? {} : { next: playbook.next }),
    ...after,
  };
  return { kind: "run", order };
}

function requestOf(called: Called, target: Target, steps: readonly PlanStep[], now: Circumstances): AdmitRequest {
  const { id, cooldownMs } = called.rule.playbook;
  const members = touchedBy(steps, agentOf(target, now.facts)).flatMap((agentId) => {
    const group = now.groupOf(agentId);
    return group === undefined ? [] : [{ agentId, group }];
  });
  return {
    playbook: { id, cooldownMs },
    breaker: now.breakerOf(id),
    target,
    priority: priorityOf(called, now.event),
    via: called.via,
    correlationId: now.event.correlationid,
    atMs: now.nowMs,
    paused: now.paused,
    members,
  };
}

function agentOf(target: Target, facts: Facts): string | undefined {
  return target.kind === "agent" ? target.id : facts.agent?.id;
}

/** How urgent it is to answer an event with a playbook that it calls for. */
export function priorityOf(called: Pick<Called, "rule">, event: AnyEvent): Priority {
  const own = called.rule.playbook.priority;
  const urgent = urgency[event.severity];
  return own < urgent ? own : urgent;
}

/** A verified fix of the same playbook on the same target whose trigger came back within `factor` settle delays. */
export function relapsedRun(
  fixes: readonly {
    readonly runId: string;
    readonly playbookId: string;
    /** The playbook that its chain began with, or it itself: what calls for that one calls for it. */
    readonly head?: string;
    readonly target: Target;
    readonly settledAtMs: number;
    readonly settleMs: number;
  }[],
  again: { readonly playbookId: string; readonly target: Target; readonly atMs: number },
  factor: number,
): string | undefined {
  const found = fixes.find(
    ({ playbookId, head, target, settledAtMs, settleMs }) =>
      (playbookId === again.playbookId || head === again.playbookId) &&
      targetKey(target) === targetKey(again.target) &&
      again.atMs > settledAtMs &&
      again.atMs <= settledAtMs + factor * settleMs,
  );
  return found?.runId;
}
