import type { EventData, EventType } from "../events/catalog.ts";
import type { Json } from "../kernel/json.ts";
import { isMap } from "../kernel/persistent-map.ts";
import type { AgentContext } from "../machines/agent.ts";
import type { ApprovalContext } from "../machines/approval.ts";
import type { BreakerContext } from "../machines/breaker.ts";
import type { ImprovementContext } from "../machines/improvement-context.ts";
import type { IncidentContext } from "../machines/incident.ts";
import type { ReactorContext } from "../machines/reactor.ts";
import type { RemediationContext } from "../machines/remediation-run.ts";
import type { SchedulerContext } from "../machines/scheduler-book.ts";
import type { SupervisorContext } from "../machines/supervisor.ts";

/** What of a value may be shown: all of it, the members named, or of every entry of a list or map what `each` names. */
type Shown<T> =
  | true
  | (T extends ReadonlyMap<string, infer V>
      ? { readonly each: Shown<V> }
      : T extends readonly (infer V)[]
        ? { readonly each: Shown<V> }
        : T extends object
          ? { readonly [K in keyof T]?: Shown<T[K]> }
          : never);

type Tree = true | { readonly [name: string]: Tree | undefined };

interface Contexts {
  readonly agent: AgentContext;
  readonly approval: ApprovalContext;
  readonly breaker: BreakerContext;
  readonly improvement: ImprovementContext;
  readonly incident: IncidentContext;
  readonly reactor: ReactorContext;
  readonly remediation: RemediationContext;
  readonly scheduler: SchedulerContext;
  readonly supervisor: SupervisorContext;
}

/**
 * What an onlooker may see of each machine's context. Inputs, outputs, configurations, messages and paths are text of
 * agents or people and never stand here; what is not named is not shown, and of an unknown machine nothing is.
 */
const contexts: { readonly [M in keyof Contexts]: Shown<Contexts[M]> } = {
  agent: { agentId: true, policy: true, breaker: true, active: true, probe: true, accepting: true, was: true },
  approval: {
    request: { approvalId: true, runId: true, playbookId: true, planHash: true, risk: true, expiresAtMs: true },
  },
  breaker: { owner: true, policy: true, breaker: true, forgiven: true },
  improvement: {
    proposal: {
      improvementId: true,
      agentId: true,
      kind: true,
      risk: true,
      asks: true,
      fingerprint: true,
      planHash: true,
      control: true,
      candidate: true,
    },
    places: true,
    arrivals: true,
    pairs: true,
    begun: true,
  },
  incident: {
    incident: { incidentId: true, severity: true, needsPerson: true, fingerprint: true, runId: true },
    openedAtMs: true,
    silencedUntilMs: true,
    notes: true,
    reopened: true,
  },
  reactor: { switched: true, pausedBy: { by: true, atMs: true } },
  remediation: {
    order: {
      runId: true,
      playbookId: true,
      target: { kind: true },
      via: true,
      mode: true,
      priority: true,
      planHash: true,
      fingerprint: true,
      lessonId: true,
      agentId: true,
      taskId: true,
    },
    paused: true,
    step: true,
    begun: true,
    passed: true,
    probes: true,
    unreadable: true,
    outcome: true,
    undone: true,
  },
  scheduler: {
    maxConcurrent: true,
    waiting: { each: { attempts: true, sinceMs: true, notBeforeMs: true, needs: true, probe: true } },
    active: { each: { agentId: true, attempt: true, probe: true, started: true, sinceMs: true } },
    wakeAtMs: true,
  },
  supervisor: { id: true, plan: true, restarts: true, attempt: true, down: true, begun: true },
};

/** The same for the data of events; of a type that is not named only the type is shown. */
const events: { readonly [T in EventType]?: Shown<EventData<T>> } = {
  "agent.registered": { agent: { id: true, kind: true, concurrency: true, policy: true }, configHash: true },
  "agent.configured": { agentId: true, version: true, configHash: true, restores: true, runId: true },
  "agent.state_changed": { agentId: true, from: true, to: true, breaker: true },
  "agent.reset": { agentId: true, runId: true },
  "agent.archived": { agentId: true },
  "agent.scaled": { agentId: true, concurrency: true },
  "agent.drained": { agentId: true, untilMs: true },
  "agent.stopped": { agentId: true },
  "agent.resumed": { agentId: true },
  "task.submitted": { task: { id: true, agentId: true, priority: true, timeoutMs: true, retries: true } },
  "task.started": { taskId: true, agentId: true, attempt: true, deadlineAtMs: true, probe: true },
  "task.succeeded": { taskId: true, agentId: true, attempt: true, durationMs: true },
  "task.attempt_failed": {
    taskId: true,
    agentId: true,
    attempt: true,
    reason: true,
    durationMs: true,
    retryAtMs: true,
    withheld: true,
    error: { exitCode: true, signal: true, status: true, retryable: true },
  },
  "task.failed": { taskId: true, agentId: true, state: true, attempts: true, reason: true },
  "task.cancel_requested": { taskId: true },
  "task.cancelled": { taskId: true, agentId: true },
  "task.retried": { taskId: true, agentId: true, runId: true, probe: true, attempts: true },
  "playbook.matched": { runId: true, playbookId: true, via: true, mode: true, priority: true, planHash: true },
  "playbook.settled": { runId: true, playbookId: true, outcome: true, rollback: true, via: true, rehearsed: true },
  "run.prechecked": { runId: true, ok: true },
  "run.step_started": { runId: true, step: true, action: true, attempt: true },
  "run.step_completed": { runId: true, step: true, action: true, ok: true },
  "run.probed": { runId: true, probe: true, ok: true },
  "run.undo_started": { runId: true, step: true, action: true, attempt: true },
  "run.undo_completed": { runId: true, step: true, action: true, ok: true, same: true },
  "approval.requested": { approvalId: true, runId: true, playbookId: true, risk: true, expiresAtMs: true },
  "approval.decided": { approvalId: true, runId: true, decision: true, planHash: true },
  "evolution.assigned": { improvementId: true, agentId: true, taskId: true, block: true, arm: true },
  "evolution.kept": { improvementId: true, agentId: true, version: true },
  "evolution.rollback_requested": { improvementId: true, agentId: true },
  "evolution.rolled_back": { improvementId: true, agentId: true, same: true, version: true },
  "incident.opened": { incidentId: true, severity: true, needsPerson: true, runId: true },
  "incident.updated": { incidentId: true, runId: true, needsPerson: true },
  "incident.acknowledged": { incidentId: true },
  "incident.silenced": { incidentId: true, untilMs: true },
  "incident.resolved": { incidentId: true },
  "incident.reopened": { incidentId: true, runId: true },
  "reactor.mode_changed": { mode: true },
  "resource.high": { scope: true, resource: true, value: true, threshold: true, agentId: true },
  "resource.normal": { scope: true, resource: true, value: true, threshold: true, agentId: true },
};

/** Entries of one list or map that are shown; how many more there are is said. */
const MOST_ENTRIES = 100;
const MOST_CHARACTERS = 200;

/** Of a machine's context, what its list names. */
export function shownContext(machine: string, context: unknown): Json {
  return Object.hasOwn(contexts, machine) ? (pick(contexts[machine as keyof Contexts] as Tree, context) ?? {}) : {};
}

/** An event with its time and sequence, and of its data what the list names. Facts given along with it are never shown. */
export function shownEvent(event: { readonly type: string }): { readonly type: string; readonly [name: string]: Json } {
  const { type } = event;
  const at = "at" in event && typeof event.at === "number" ? { at: event.at } : {};
  const sequence = "sequence" in event && typeof event.sequence === "number" ? { sequence: event.sequence } : {};
  const tree = Object.hasOwn(events, type) ? (events[type as EventType] as Tree | undefined) : undefined;
  const data = tree === undefined || !("data" in event) ? undefined : pick(tree, event.data);
  return { type, ...at, ...sequence, ...(data === undefined ? {} : { data }) };
}

function pick(tree: Tree, value: unknown): Json | undefined {
  if (tree === true) return copy(value);
  if (typeof value !== "object" || value === null) return undefined;
  if (tree["each"] !== undefined) return each(tree["each"], value);
  const shown: Record<string, Json> = {};
  for (const [name, below] of Object.entries(tree)) {
    if (below === undefined || !Object.hasOwn(value, name)) continue;
    const member = pick(below, (value as Record<string, unknown>)[name]);
    if (member !== undefined) shown[name] = member;
  }
  return shown;
}

function each(tree: Tree, value: object): Json | undefined {
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES).map((member) => pick(tree, member) ?? null);
  if (!isMap(value)) return undefined;
  const shown: Record<string, Json> = {};
  for (const [name, member] of value) {
    if (Object.keys(shown).length === MOST_ENTRIES) return { ...shown, "…": `${value.size - MOST_ENTRIES} more` };
    shown[String(name)] = pick(tree, member) ?? null;
  }
  return shown;
}

/** A plain JSON copy, bounded in width and length. */
function copy(value: unknown): Json | undefined {
  if (typeof value === "string") return value.slice(0, MOST_CHARACTERS);
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "object") return undefined;
  if (Array.isArray(value) || isMap(value)) return each(true, value);
  const members = Object.keys(value).map((name) => [name, true] as const);
  return pick(Object.fromEntries(members), value);
}
