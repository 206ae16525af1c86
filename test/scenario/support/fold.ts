/*
 * A second opinion on a run: the journal's lines folded by code that shares nothing with the engine or the demo. Written in
 * the most literal way, one question at a time.
 */

/** A line of events.jsonl. */
export interface Fact {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly time: string;
  readonly data: unknown;
}

export interface Opinion {
  readonly name: string;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly rollback: string | null;
  readonly detectMs: number | null;
  readonly fixMs: number | null;
  readonly playbook: string | null;
  readonly lesson: string | null;
  readonly promotions: number;
  readonly contained: number;
  readonly scoreBefore: number | null;
  readonly scoreAfter: number | null;
}

/** What stands at a path such as `target.id` of an event's data. */
export function at(fact: Fact, path: string): unknown {
  let value: unknown = fact.data;
  for (const name of path.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return value;
}

export function text(fact: Fact | undefined, path: string): string | undefined {
  const value = fact === undefined ? undefined : at(fact, path);
  return typeof value === "string" ? value : undefined;
}

export function number(fact: Fact | undefined, path: string): number | undefined {
  const value = fact === undefined ? undefined : at(fact, path);
  return typeof value === "number" ? value : undefined;
}

/** The score as last published at or before an event. */
export function scoreAt(facts: readonly Fact[], sequence: number): number | null {
  const scores = facts.filter((fact) => fact.type === "score.updated" && fact.sequence <= sequence);
  return number(scores.at(-1), "score") ?? null;
}

export function fold(facts: readonly Fact[]): readonly Opinion[] {
  const notes = facts.filter((fact) => fact.type === "demo.fault_began");
  return notes.map((note, nth) => opinionOf(note, notes[nth + 1], facts));
}

function opinionOf(note: Fact, next: Fact | undefined, facts: readonly Fact[]): Opinion {
  const agent = text(note, "agent") ?? "";
  const since = facts.filter((fact) => fact.sequence > note.sequence);
  const ofType = (type: string) => since.filter((fact) => fact.type === type);

  const settled = ofType("playbook.settled").filter((run) => isAbout(run, agent, facts));
  const relapsed = new Set(ofType("playbook.relapsed").map((fact) => text(fact, "runId")));
  const verdictOf = (fact: Fact) => (relapsed.has(text(fact, "runId")) ? "relapsed" : (text(fact, "outcome") ?? ""));
  const verdicts: Record<string, number> = {};
  for (const fact of settled) verdicts[verdictOf(fact)] = (verdicts[verdictOf(fact)] ?? 0) + 1;
  const took = settled.filter((fact) => ["fixed", "not_fixed", "unverified", "relapsed"].includes(verdictOf(fact)));
  const fixed = took.find((fact) => verdictOf(fact) === "fixed");

  const own = since.filter((fact) => text(fact, "agentId") === agent);
  const seen = own.find(({ type }) => type === "resource.high" || type === "task.attempt_failed");
  const prints = new Set(own.filter(({ type }) => type === "failure.observed").map((f) => text(f, "fingerprint")));
  const lessons = since.filter((f) => f.type.startsWith("lesson.") && prints.has(text(f, "fingerprint")));
  const levels = lessons.flatMap((fact) => (fact.type === "lesson.drafted" ? "draft" : (text(fact, "to") ?? [])));

  const from = Date.parse(note.time);
  return {
    name: text(note, "fault") ?? "",
    verdicts,
    rollback: text(took.at(-1), "rollback") ?? null,
    detectMs: seen === undefined ? null : Date.parse(seen.time) - from,
    fixMs: fixed === undefined ? null : Date.parse(fixed.time) - from,
    playbook: text(took[0], "playbookId") ?? null,
    lesson: levels.at(-1) ?? null,
    promotions: lessons.filter(({ type }) => type === "lesson.promoted").length,
    contained: own.filter((fact) => fact.type === "task.attempt_failed" && at(fact, "contained") !== undefined).length,
    scoreBefore: scoreAt(facts, number(took[0], "trigger.sequence") ?? note.sequence),
    scoreAfter: scoreAt(facts, next?.sequence ?? Number.MAX_SAFE_INTEGER),
  };
}

/** A run is about an agent when it, or what triggered it, names the agent or one of its tasks. */
function isAbout(run: Fact, agent: string, facts: readonly Fact[]): boolean {
  const trigger = facts.find((fact) => fact.id === text(run, "trigger.id"));
  const target = text(run, "target.kind") === "agent" ? text(run, "target.id") : undefined;
  if ([text(run, "agentId"), text(trigger, "agentId"), target].includes(agent)) return true;
  const task = text(run, "taskId") ?? text(trigger, "taskId");
  const submitted = facts.find((fact) => fact.type === "task.submitted" && text(fact, "task.id") === task);
  return text(submitted, "task.agentId") === agent;
}
