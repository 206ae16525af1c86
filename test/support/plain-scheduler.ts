import type { Decided, Situation } from "../../src/domain/decision.ts";
import type { Waiting } from "../../src/domain/waiting.ts";
import type { Cause } from "../../src/events/envelope.ts";
import type { Decision } from "../../src/events/vocabulary.ts";
import { announce, deadline, dropDeadline, type Output } from "../../src/machines/output.ts";
import type { SchedulerContext, SchedulerEvent } from "../../src/machines/scheduler-book.ts";
import { consequences } from "../../src/machines/scheduler-consequences.ts";
import { bookAfter } from "./plain-book.ts";
import { plainDecide } from "./plain-decision.ts";

export interface PlainScheduler {
  readonly state: "open" | "draining";
  readonly context: SchedulerContext;
}

/** What the scheduler comes to and says, as a function that looks at every task and copies every map at every event. */
export function plainStep(
  { state, context }: PlainScheduler,
  event: SchedulerEvent,
): { readonly next: PlainScheduler; readonly outputs: readonly Output[] } {
  if (event.type.startsWith("DEADLINE.timeout."))
    return { next: { state, context }, outputs: timedOut(context, event) };
  if (state === "open" && event.type === "engine.stopping")
    return { next: { state: "draining", context }, outputs: [] };
  const settled = settle(context, event);
  const after = { ...context, ...bookAfter(context, event) };
  if (state === "draining" && event.type !== "engine.started")
    return { next: { state, context: after }, outputs: settled };
  const routed = route(after, event);
  return { next: { state: "open", context: routed.context }, outputs: [...settled, ...routed.outputs] };
}

function timedOut({ active }: SchedulerContext, event: SchedulerEvent): readonly Output[] {
  const taskId = event.type.slice("DEADLINE.timeout.".length);
  const running = active.get(taskId);
  if (running === undefined) return [];
  const why = `it ran for ${running.task.timeoutMs} ms`;
  const params = { taskId, reason: "timeout", by: "scheduler", why };
  return [{ type: "effect", name: "abort", key: `${taskId}/${running.attempt}/timeout`, params }];
}

/** What depends on a task that ended badly is found by looking at every task; the rest is the product's. */
function settle(context: SchedulerContext, event: SchedulerEvent): readonly Output[] {
  if (event.type !== "task.failed" && event.type !== "task.cancelled") return consequences(context, event);
  const ended = event.data.taskId;
  const dependants = [...context.waiting.values()].filter(({ needs }) => needs.includes(ended));
  return [
    dropDeadline(`timeout.${ended}`),
    ...dependants.map(({ task }) => {
      const error = { message: `it depends on ${ended}, which did not succeed`, retryable: false };
      return announce(
        "task.failed",
        { taskId: task.id, state: "failed", attempts: 0, reason: "dependency", error },
        { subject: `task/${task.id}`, key: `${task.id}/dependency/${ended}` },
      );
    }),
  ];
}

function route(
  context: SchedulerContext,
  event: SchedulerEvent,
): { readonly context: SchedulerContext; readonly outputs: readonly Output[] } {
  const outputs: Output[] = [];
  const news = newsOf(context, plainDecide(situationOf(context, event)));
  const { waiting, active } = written(context, news, event);
  for (const { taskId, decision, entry } of news) {
    const { cause } = entry;
    outputs.push(announce("task.decided", { taskId, decision }, { subject: `task/${taskId}`, cause }));
    const given = decision.kind === "immediate" ? active.get(taskId) : undefined;
    if (given === undefined) continue;
    const { task, agentId, attempt, probe } = given;
    const params = { task, agentId, attempt, probe };
    outputs.push({ type: "effect", name: "dispatch", key: `${taskId}/${attempt}`, params, cause });
  }
  const wake = nextWake(waiting, event.at);
  const armed = event.type === "DEADLINE.wake" ? undefined : context.wakeAtMs;
  if (wake?.atMs !== armed)
    outputs.push(wake === undefined ? dropDeadline("wake") : deadline("wake", wake.atMs, wake.cause));
  return { context: { ...context, waiting, active, wakeAtMs: wake?.atMs }, outputs };
}

function situationOf(context: SchedulerContext, event: SchedulerEvent): Situation {
  const { waiting, active, statistics, lastGiven, maxConcurrent } = context;
  return { waiting, active, statistics, lastGiven, maxConcurrent, agents: event.facts.agents, nowMs: event.at };
}

function nextWake(
  waiting: ReadonlyMap<string, Waiting>,
  nowMs: number,
): { readonly atMs: number; readonly cause: Cause } | undefined {
  let wake: { readonly atMs: number; readonly cause: Cause } | undefined;
  for (const { notBeforeMs, cause } of waiting.values()) {
    if (notBeforeMs !== undefined && notBeforeMs > nowMs && (wake === undefined || notBeforeMs < wake.atMs))
      wake = { atMs: notBeforeMs, cause };
  }
  return wake;
}

function signature(decision: Decision): string {
  return decision.kind === "scheduled"
    ? `scheduled ${decision.notBeforeMs} ${decision.reason}`
    : `${decision.kind} ${decision.reason}`;
}

interface News extends Decided {
  readonly entry: Waiting;
  readonly told: string;
}

function newsOf({ waiting }: SchedulerContext, all: readonly Decided[]): readonly News[] {
  const signatures = new Map<Decision, string>();
  return all.flatMap(({ taskId, decision }): readonly News[] => {
    const entry = waiting.get(taskId);
    const told = signatures.get(decision) ?? signature(decision);
    signatures.set(decision, told);
    return entry === undefined || entry.told === told ? [] : [{ taskId, decision, entry, told }];
  });
}

function written(
  context: SchedulerContext,
  news: readonly News[],
  { facts }: SchedulerEvent,
): Pick<SchedulerContext, "waiting" | "active"> {
  const waiting = new Map(context.waiting);
  const active = new Map(context.active);
  for (const { taskId, decision, told, entry } of news) {
    if (decision.kind !== "immediate") {
      waiting.set(taskId, { ...entry, told });
      continue;
    }
    waiting.delete(taskId);
    const { task, sinceMs, cause } = entry;
    const { agentId } = decision;
    const probe = entry.probe || facts.agents.get(agentId)?.breaker === "half_open";
    active.set(taskId, { task, agentId, attempt: entry.attempts + 1, probe, started: false, sinceMs, cause });
  }
  return { waiting, active };
}
