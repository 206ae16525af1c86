import { at, type Fact, number, text } from "./fold.ts";

/*
 * The four terms of the score and each agent's success, computed a second time: from the journal's lines, by code that
 * shares nothing with the engine.
 */

const HOUR_MS = 3_600_000;
const LEAST = 5;

export interface Standing {
  readonly tsr: number | null;
  readonly cr: number | null;
  readonly uptime: number | null;
  readonly learning: number | null;
}

export function standingOf(facts: readonly Fact[], nowMs: number): Standing {
  const inWindow = (fact: Fact) => timeOf(fact) > nowMs - HOUR_MS;
  return {
    tsr: share([...lastEnds(facts).values()].filter(({ fact }) => inWindow(fact)).map(({ well }) => well)),
    cr: share(
      issues(facts)
        .filter(({ fact }) => inWindow(fact))
        .map(({ well }) => well),
    ),
    uptime: uptimeOf(facts, nowMs),
    learning: share(
      [...recurring(facts.filter(inWindow))].map((one) => ["verified", "hardened"].includes(levelOf(one, facts))),
    ),
  };
}

/** Succeeded tasks among those that ended, each by its last end. */
export function successOf(agent: string, facts: readonly Fact[]): number | null {
  const own = [...lastEnds(facts).values()].filter(({ fact }) => text(fact, "agentId") === agent);
  return own.length === 0 ? null : own.filter(({ well }) => well).length / own.length;
}

interface Case {
  readonly fact: Fact;
  readonly well: boolean;
}

function lastEnds(facts: readonly Fact[]): ReadonlyMap<string, Case> {
  const ends = new Map<string, Case>();
  for (const fact of facts) {
    if (!["task.succeeded", "task.failed", "task.cancelled"].includes(fact.type)) continue;
    ends.set(text(fact, "taskId") ?? "", { fact, well: fact.type === "task.succeeded" });
  }
  return ends;
}

/** Settled runs, and resolved incidents for which no run speaks. */
function issues(facts: readonly Fact[]): readonly Case[] {
  const named = (type: string, name: string, value: string) =>
    facts.filter((fact) => fact.type === type && text(fact, name) === value);
  const settled = facts.filter((fact) => fact.type === "playbook.settled" && at(fact, "rehearsed") !== true);
  const answered = new Set(settled.map((fact) => text(fact, "runId")));
  const runs = settled.map((fact) => {
    const relapsed = named("playbook.relapsed", "runId", text(fact, "runId") ?? "").length > 0;
    return { fact, well: text(fact, "outcome") === "fixed" && !relapsed };
  });
  const resolved = facts.filter((fact) => {
    if (fact.type !== "incident.resolved") return false;
    const id = text(fact, "incidentId") ?? "";
    const about = [...named("incident.opened", "incidentId", id), ...named("incident.updated", "incidentId", id)];
    if (about.some((one) => answered.has(text(one, "runId")))) return false;
    return !named("incident.reopened", "incidentId", id).some(({ sequence }) => sequence > fact.sequence);
  });
  return [...runs, ...resolved.map((fact) => ({ fact, well: false }))];
}

/** Fingerprints that struck three tasks. */
function recurring(facts: readonly Fact[]): ReadonlySet<string> {
  const seen = facts.filter((fact) => fact.type === "failure.observed" && (number(fact, "tasks") ?? 0) >= 3);
  return new Set(seen.map((fact) => text(fact, "fingerprint") ?? ""));
}

function levelOf(fingerprint: string, facts: readonly Fact[]): string {
  const moves = facts.filter(
    (fact) =>
      ["lesson.drafted", "lesson.promoted", "lesson.demoted"].includes(fact.type) &&
      text(fact, "fingerprint") === fingerprint,
  );
  return text(moves.at(-1), "to") ?? "draft";
}

/** The share of the time since the journal's first start, but of the last hour at most, in which an engine was ready. */
function uptimeOf(facts: readonly Fact[], nowMs: number): number | null {
  const first = facts.find(({ type }) => type === "engine.started");
  if (first === undefined) return null;
  const from = Math.max(nowMs - HOUR_MS, timeOf(first));
  let readyMs = 0;
  let since: number | undefined;
  let before = from;
  const add = (until: number) => {
    if (since !== undefined) readyMs += Math.max(0, until - Math.max(since, from));
    since = undefined;
  };
  for (const fact of facts) {
    if (fact.type === "engine.started") add(before);
    if (fact.type === "engine.stopping") add(timeOf(fact));
    if (fact.type === "engine.ready") since ??= timeOf(fact);
    before = timeOf(fact);
  }
  add(nowMs);
  return nowMs - from < 5_000 ? null : readyMs / (nowMs - from);
}

function share(cases: readonly boolean[]): number | null {
  return cases.length < LEAST ? null : cases.filter((well) => well).length / cases.length;
}

function timeOf(fact: Fact): number {
  return Date.parse(fact.time);
}
