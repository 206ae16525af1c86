import type { Via } from "../../../events/types/playbook.ts";
import type { BreakerState, Priority } from "../../../events/vocabulary.ts";
import { type Target, targetKey } from "../../../kernel/target.ts";
import type { LimitsSettings } from "./settings.ts";
import { chainKey, failuresInARow, type LimitsState, repeatKey } from "./state.ts";

/** A run that would like to begin. */
export interface AdmitRequest {
  readonly playbook: { readonly id: string; readonly cooldownMs: number | undefined };
  readonly breaker: PlaybookBreaker;
  readonly target: Target;
  readonly priority: Priority;
  /** A run that a person starts heeds the lock, the blast radius and the pause, and nothing else. */
  readonly via: Via;
  /** Root of the trigger's causation. */
  readonly correlationId: string;
  readonly atMs: number;
  /** Agents it works on that belong to a declared group. */
  readonly members?: readonly Member[];
  readonly paused?: boolean;
  /** Its plan cannot be made: it asks whether that is worth saying again. */
  readonly refused?: boolean;
}

/** How the breaker of a playbook stands. */
export interface PlaybookBreaker {
  readonly state: BreakerState;
  /** Verified failures in a row. */
  readonly failures: number;
  /** When an open one lets a probe through. */
  readonly untilMs?: number;
}

export interface Member {
  readonly agentId: string;
  readonly group: Group;
}

export interface Group {
  readonly name: string;
  readonly members: readonly string[];
  readonly healthy: readonly string[];
}

export type SuppressReason =
  | "paused"
  | "coalesced"
  | "storm"
  | "loop_stopped"
  | "breaker"
  | "cooldown"
  | "limit_target"
  | "limit_playbook"
  | "limit_global"
  | "blast_radius";

export type Admission =
  | { readonly kind: "admitted" }
  | {
      readonly kind: "suppressed";
      readonly reason: SuppressReason;
      readonly detail: string;
      /** When it may be asked again, where that is known. */
      readonly untilMs?: number;
    };

type Suppressed = Extract<Admission, { kind: "suppressed" }>;
type Rule = (state: LimitsState, request: AdmitRequest, settings: LimitsSettings) => Suppressed | undefined;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Whether a run may begin now; the first limit that speaks against it is the reason. */
export function admit(state: LimitsState, request: AdmitRequest, settings: LimitsSettings): Admission {
  const rules =
    request.via === "manual"
      ? [paused, locked, blast]
      : [paused, locked, storm, loop, breaker, cooldown, windows, blast];
  for (const rule of rules) {
    const against = rule(state, request, settings);
    if (against !== undefined) return against;
  }
  return { kind: "admitted" };
}

const paused: Rule = (_, request) =>
  request.paused === true ? suppressed("paused", "the reactor is paused") : undefined;

const locked: Rule = (state, request) => {
  const target = targetKey(request.target);
  for (const [runId, run] of state.active)
    if (run.target === target) return suppressed("coalesced", `run ${runId} (${run.playbookId}) works on ${target}`);
  return undefined;
};

const storm: Rule = (state, request) => {
  if (state.stormSinceMs === undefined || request.priority === "P0") return undefined;
  return suppressed("storm", "too much matches at once: only P0 acts until it is quiet");
};

const loop: Rule = (state, request, settings) => {
  const runs = state.chains.get(chainKey(request.correlationId, request.playbook.id))?.runs ?? 0;
  if (runs < settings.loopRuns) return undefined;
  return suppressed("loop_stopped", `${runs} runs of it already follow from event ${request.correlationId}`);
};

const breaker: Rule = (state, { playbook: { id }, breaker: { state: stands, failures, untilMs } }) => {
  if (stands === "closed") return undefined;
  if (stands === "open") return suppressed("breaker", `it failed ${failures} times in a row`, untilMs);
  const probing = [...state.active.values()].some(({ playbookId }) => playbookId === id);
  return probing ? suppressed("breaker", "one probe of it is under way") : undefined;
};

const cooldown: Rule = (state, request, settings) => {
  if (request.refused === true) return refusedLately(state, request, settings);
  const repeat = state.repeats.get(repeatKey(request.playbook.id, targetKey(request.target)));
  if (repeat === undefined) return undefined;
  const { settledAtMs, tries } = repeat;
  const failures = failuresInARow(tries, request.atMs, settings.cooldownResetMs);
  const baseMs = request.playbook.cooldownMs ?? settings.cooldownMs;
  const grownMs = baseMs * settings.cooldownFactor ** failures;
  const untilMs = settledAtMs + Math.min(grownMs, Math.max(settings.cooldownCapMs, baseMs));
  if (request.atMs >= untilMs) return undefined;
  const detail = `it ran on this target ${Math.round((request.atMs - settledAtMs) / 1000)} s ago`;
  return suppressed("cooldown", detail, untilMs);
};

/** Said once in a cooldown that it cannot be planned; the moment that it can, it may run. */
const refusedLately: Rule = (state, request, settings) => {
  const refusedAtMs = state.refusals.get(repeatKey(request.playbook.id, targetKey(request.target)));
  if (refusedAtMs === undefined) return undefined;
  const untilMs = refusedAtMs + (request.playbook.cooldownMs ?? settings.cooldownMs);
  if (request.atMs >= untilMs) return undefined;
  const detail = `it was refused ${Math.round((request.atMs - refusedAtMs) / 1000)} s ago and still would be`;
  return suppressed("cooldown", detail, untilMs);
};

const windows: Rule = (state, request, settings) => {
  const { atMs, priority } = request;
  const target = targetKey(request.target);
  const since = (spanMs: number) => state.started.filter((run) => run.atMs > atMs - spanMs);
  const lastHour = since(HOUR_MS);
  const here = lastHour.filter((run) => run.target === target);
  if (here.length >= settings.targetPerHour) return full("limit_target", here, settings.targetPerHour, HOUR_MS);
  const today = since(DAY_MS).filter((run) => run.target === target);
  if (today.length >= settings.targetPerDay) return full("limit_target", today, settings.targetPerDay, DAY_MS);
  const own = lastHour.filter((run) => run.playbookId === request.playbook.id);
  if (own.length >= settings.playbookPerHour) return full("limit_playbook", own, settings.playbookPerHour, HOUR_MS);
  const most = priority === "P0" ? settings.allPerHour : settings.allPerHour - settings.reserveP0;
  if (lastHour.length >= most) return full("limit_global", lastHour, most, HOUR_MS);
  return undefined;
};

/** A run works on its own agents one after the other, so each of them is asked about by itself. */
const blast: Rule = (state, { members = [] }, settings) => {
  for (const member of members) {
    const against = tooMuchOf(state, member, settings);
    if (against !== undefined) return against;
  }
  return undefined;
};

function tooMuchOf(state: LimitsState, { agentId, group }: Member, settings: LimitsSettings): Suppressed | undefined {
  const touched = new Set(
    [...state.active.values()].flatMap(({ agentIds }) => agentIds.filter((id) => group.members.includes(id))),
  );
  touched.delete(agentId);
  const large = group.members.length >= settings.groupFrom;
  const most = large ? Math.max(1, Math.floor(group.members.length * settings.groupShare)) : 1;
  if (touched.size >= most)
    return suppressed("blast_radius", `${touched.size} of group ${group.name} are being worked on; at most ${most}`);
  if (!large) return undefined;
  const others = group.members.filter((id) => id !== agentId);
  const healthy = others.filter((id) => group.healthy.includes(id)).length;
  if (healthy >= others.length * settings.groupHealthyShare) return undefined;
  return suppressed(
    "blast_radius",
    `only ${healthy} of the ${others.length} others of group ${group.name} are healthy`,
  );
}

function full(
  reason: SuppressReason,
  runs: readonly { readonly atMs: number }[],
  most: number,
  spanMs: number,
): Suppressed {
  const span = spanMs === HOUR_MS ? "hour" : "day";
  const first = runs[runs.length - most]?.atMs;
  return suppressed(
    reason,
    `${runs.length} runs in the last ${span}; at most ${most}`,
    first === undefined ? undefined : first + spanMs,
  );
}

function suppressed(reason: SuppressReason, detail: string, untilMs?: number): Suppressed {
  return { kind: "suppressed", reason, detail, ...(untilMs === undefined ? {} : { untilMs }) };
}
