import { assign, enqueueActions, setup } from "xstate";
import { type Decided, decide, type Situation } from "../domain/decision.ts";
import { MapDraft } from "../domain/map-draft.ts";
import { QueueDraft, queueOf } from "../domain/queue.ts";
import { empty } from "../domain/sharded.ts";
import { noStatistics } from "../domain/task-order.ts";
import { inShort, type Waiting } from "../domain/waiting.ts";
import type { TaskSpec } from "../events/types/task.ts";
import type { Decision } from "../events/vocabulary.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";
import { bookAfter, type SchedulerContext, type SchedulerEvent } from "./scheduler-book.ts";
import { type Abort, consequences, subject } from "./scheduler-consequences.ts";

/** Parameters of the `dispatch` effect. */
export interface Dispatch {
  readonly task: TaskSpec;
  readonly agentId: string;
  readonly attempt: number;
  readonly probe: boolean;
}

function situationOf(context: SchedulerContext, event: SchedulerEvent): Situation {
  const { waiting, active, statistics, lastGiven, maxConcurrent } = context;
  return { waiting, active, statistics, lastGiven, maxConcurrent, agents: event.facts.agents, nowMs: event.at };
}

interface News extends Decided {
  readonly entry: Waiting;
  /** What is told of it, in short. */
  readonly told: string;
}

function newsOf({ waiting }: SchedulerContext, all: readonly Decided[]): readonly News[] {
  const inBrief = new Map<Decision, string>();
  return all.flatMap(({ taskId, decision }): readonly News[] => {
    const entry = waiting.get(taskId);
    const told = inBrief.get(decision) ?? inShort(decision);
    inBrief.set(decision, told);
    return entry === undefined ? [] : [{ taskId, decision, entry, told }];
  });
}

/** The book with the decisions written into it. */
function written(
  context: SchedulerContext,
  news: readonly News[],
  { facts }: SchedulerEvent,
): Pick<SchedulerContext, "waiting" | "active"> {
  const waiting = new QueueDraft(context.waiting);
  const active = new MapDraft(context.active);
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
  return { waiting: waiting.entries, active: active.entries };
}

/**
 * The scheduler: analyse what happened, prioritise, route, have it executed, and take note of how it ended.
 * `open` gives out work; `draining` lets what runs finish and gives out nothing.
 */
export const schedulerMachine = setup({
  types: {
    context: {} as SchedulerContext,
    events: {} as SchedulerEvent,
    input: {} as { readonly maxConcurrent: number },
    emitted: {} as Output,
  },
  actions: {
    analyse: assign(({ context, event }) => bookAfter(context, event)),
    settleFailures: enqueueActions(({ context, event, enqueue }) => {
      for (const output of consequences(context, event)) enqueue.emit(output);
    }),
    route: enqueueActions(({ context, event, enqueue }) => {
      // Most events come while nothing waits, and then nothing can follow.
      if (context.waiting.size === 0 && context.wakeAtMs === undefined) return;
      const news = newsOf(context, decide(situationOf(context, event)));
      // Most events change nothing for most of a long queue: only what is new is written.
      const { waiting, active } = news.length === 0 ? context : written(context, news, event);
      for (const { taskId, decision, entry } of news) {
        const { cause } = entry;
        enqueue.emit(announce("task.decided", { taskId, decision }, { ...subject(taskId), cause }));
        const given = decision.kind === "immediate" ? active.get(taskId) : undefined;
        if (given === undefined) continue;
        const { task, agentId, attempt, probe } = given;
        const params: Dispatch = { task, agentId, attempt, probe };
        enqueue.emit({ type: "effect", name: "dispatch", key: `${taskId}/${attempt}`, params, cause });
      }
      // The retry that comes due first, and what it follows from.
      const next = queueOf(waiting).at(event.at).nextDue;
      const wakeAtMs = next?.notBeforeMs;
      // The deadline that just came is armed no longer, also where the clock was set back behind it.
      const armed = event.type === "DEADLINE.wake" ? undefined : context.wakeAtMs;
      if (news.length === 0 && wakeAtMs === armed && armed === context.wakeAtMs) return;
      if (wakeAtMs !== armed)
        enqueue.emit(wakeAtMs === undefined ? dropDeadline("wake") : deadline("wake", wakeAtMs, next?.cause));
      enqueue.assign({ waiting, active, wakeAtMs });
    }),
    timeOut: enqueueActions(({ context, event, enqueue }) => {
      const taskId = event.type.slice("DEADLINE.timeout.".length);
      const running = context.active.get(taskId);
      if (running === undefined) return;
      const params: Abort = {
        taskId,
        reason: "timeout",
        by: "scheduler",
        why: `it ran for ${running.task.timeoutMs} ms`,
      };
      enqueue.emit({ type: "effect", name: "abort", key: `${taskId}/${running.attempt}/timeout`, params });
    }),
  },
}).createMachine({
  id: "scheduler",
  version: "1",
  context: ({ input }) => ({
    ...input,
    waiting: new Map(),
    active: new Map(),
    statistics: noStatistics,
    lastGiven: empty,
    wakeAtMs: undefined,
  }),
  initial: "open",
  states: {
    open: {
      on: {
        "engine.stopping": { target: "draining" },
        "DEADLINE.timeout.*": { actions: "timeOut" },
        "*": { actions: ["settleFailures", "analyse", "route"] },
      },
    },
    draining: {
      on: {
        "engine.started": { target: "open", actions: ["settleFailures", "analyse", "route"] },
        "DEADLINE.timeout.*": { actions: "timeOut" },
        "*": { actions: ["settleFailures", "analyse"] },
      },
    },
  },
});
