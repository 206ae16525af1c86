import type { AnyEvent } from "../../../events/envelope.ts";
import { is } from "../../../events/envelope.ts";
import type { PlanStep } from "../../../events/types/playbook.ts";
import type { Outcome, Priority } from "../../../events/vocabulary.ts";
import { targetKey } from "../../../kernel/target.ts";
import { countMatch, type Matches, noMatches } from "./matches.ts";

/**
 * What the limits remember. It is folded from the journal alone, so that a restart forgets nothing.
 * Settings never enter it: the same state can be judged under other numbers.
 */
export interface LimitsState {
  /** Runs under way by their id: their targets are locked. */
  readonly active: ReadonlyMap<string, ActiveRun>;
  /** Runs of the last day, oldest first. */
  readonly started: readonly StartedRun[];
  /** By playbook and target. */
  readonly repeats: ReadonlyMap<string, Repeat>;
  /** When a plan could not even be made, by playbook and target: nothing was tried, so nothing has to rest. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Runs by root event and playbook. */
  readonly chains: ReadonlyMap<string, Chain>;
  readonly matches: Matches;
  readonly stormSinceMs: number | undefined;
}

export interface ActiveRun {
  readonly playbookId: string;
  readonly target: string;
  /** Whom it works on. */
  readonly agentIds: readonly string[];
}

export interface StartedRun {
  readonly atMs: number;
  readonly playbookId: string;
  readonly target: string;
  readonly priority: Priority;
}

export interface Repeat {
  readonly settledAtMs: number;
  /** Runs that had an effect, oldest first; the newest `TRIES` of them. */
  readonly tries: readonly Try[];
}

export interface Try {
  readonly runId: string;
  /** When what it answers happened. */
  readonly calledAtMs: number;
  readonly settledAtMs: number;
  /** False also once its fix has relapsed. */
  readonly fixed: boolean;
}

export interface Chain {
  readonly runs: number;
  readonly lastAtMs: number;
}

export const initialLimits: LimitsState = {
  active: new Map(),
  started: [],
  repeats: new Map(),
  refusals: new Map(),
  chains: new Map(),
  matches: noMatches,
  stormSinceMs: undefined,
};

const DAY_MS = 86_400_000;
/** More failures in a row than these lengthen no cooldown any further. */
const TRIES = 64;
/** Pairs of playbook and target whose past is known; the one that settled longest ago is forgotten first. */
const REPEATS = 1_000;

export function evolveLimits(state: LimitsState, event: AnyEvent): LimitsState {
  if (is(event, "playbook.matched")) return matched(state, event);
  if (is(event, "playbook.suppressed"))
    return { ...state, matches: countMatch(state.matches, event.at, agentOf(event.data)) };
  if (is(event, "playbook.settled")) return settled(state, event);
  if (is(event, "playbook.relapsed")) return relapsed(state, event);
  if (is(event, "reactor.storm_entered")) return { ...state, stormSinceMs: event.at };
  if (is(event, "reactor.storm_left")) return { ...state, stormSinceMs: undefined };
  return state;
}

type EventFor<T extends "playbook.matched" | "playbook.settled" | "playbook.relapsed"> = Extract<AnyEvent, { type: T }>;

function matched(state: LimitsState, event: EventFor<"playbook.matched">): LimitsState {
  const { runId, playbookId, priority, mode } = event.data;
  const agentId = agentOf(event.data);
  const matches = countMatch(state.matches, event.at, agentId);
  if (mode === "observe") return { ...state, matches };
  const target = targetKey(event.data.target);
  const chain = chainKey(event.correlationid, playbookId);
  return {
    ...state,
    matches,
    active: new Map(state.active).set(runId, {
      playbookId,
      target,
      agentIds: touchedBy(event.data.plan.steps, agentId),
    }),
    started: [
      ...state.started.filter(({ atMs }) => atMs > event.at - DAY_MS),
      { atMs: event.at, playbookId, target, priority },
    ],
    chains: recent(state.chains, event.at).set(chain, {
      runs: (state.chains.get(chain)?.runs ?? 0) + 1,
      lastAtMs: event.at,
    }),
  };
}

function settled(state: LimitsState, event: EventFor<"playbook.settled">): LimitsState {
  const { runId, playbookId, target, trigger, outcome, rehearsed } = event.data;
  const active = new Map(state.active);
  active.delete(runId);
  // A rehearsal cools down like the run it stands for.
  if (outcome === "suppressed" && !rehearsed) return { ...state, active };
  const key = repeatKey(playbookId, targetKey(target));
  if (outcome === "refused" && !state.active.has(runId))
    return { ...state, refusals: remembered(state.refusals, key, event.at) };
  const before = state.repeats.get(key)?.tries ?? [];
  const tried = { runId, calledAtMs: trigger.at, settledAtMs: event.at, fixed: outcome === "fixed" };
  const tries = rehearsed || !hadEffect(outcome) ? before : [...before, tried].slice(-TRIES);
  const repeats = remembered(state.repeats, key, { settledAtMs: event.at, tries });
  return { ...state, active, repeats };
}

function relapsed(state: LimitsState, event: EventFor<"playbook.relapsed">): LimitsState {
  const { runId, playbookId, target } = event.data;
  const key = repeatKey(playbookId, targetKey(target));
  const before = state.repeats.get(key);
  const repeats = new Map(state.repeats);
  if (before !== undefined) {
    const tries = before.tries.map((one) => (one.runId === runId ? { ...one, fixed: false } : one));
    repeats.set(key, { ...before, tries });
  }
  return { ...state, repeats };
}

function remembered<T>(known: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> {
  const next = new Map(known);
  // Taken out and put back, so that it counts as new.
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (next.size > REPEATS && oldest !== undefined) next.delete(oldest);
  return next;
}

/** Runs without a verified fix since one held for `resetMs`: nothing before that lengthens the cooldown. */
export function failuresInARow(tries: readonly Try[], nowMs: number, resetMs: number): number {
  let failures = 0;
  let untilMs = nowMs;
  for (const { fixed, calledAtMs, settledAtMs } of tries.toReversed()) {
    if (!fixed) failures++;
    else if (untilMs - settledAtMs >= resetMs) break;
    untilMs = calledAtMs;
  }
  return failures;
}

function hadEffect(outcome: Outcome): boolean {
  return outcome !== "refused" && outcome !== "expired" && outcome !== "suppressed";
}

function recent(chains: LimitsState["chains"], atMs: number): Map<string, Chain> {
  return new Map([...chains].filter(([, { lastAtMs }]) => lastAtMs > atMs - DAY_MS));
}

/** The agents that a run works on: those of its steps, and the one it is about. */
export function touchedBy(steps: readonly PlanStep[], agentId: string | undefined): readonly string[] {
  const own = agentId === undefined ? [] : [agentId];
  return [...new Set([...own, ...steps.flatMap(({ agents }) => agents)])];
}

function agentOf(data: { readonly agentId?: string | undefined; readonly target: { kind: string; id: string } }) {
  return data.agentId ?? (data.target.kind === "agent" ? data.target.id : undefined);
}

export function repeatKey(playbookId: string, target: string): string {
  return `${playbookId} ${target}`;
}

export function chainKey(correlationId: string, playbookId: string): string {
  return `${playbookId} ${correlationId}`;
}
