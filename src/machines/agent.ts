import { and, assign, enqueueActions, setup } from "xstate";
import type { AgentPolicy } from "../events/types/agent.ts";
import type { AgentState } from "../events/vocabulary.ts";
import { afterFailure, afterSuccess, type Breaker, closedBreaker, letProbeThrough } from "../resilience/breaker.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

export type AgentEvent =
  | Heard<
      | "task.started"
      | "task.succeeded"
      | "task.attempt_failed"
      | "task.cancelled"
      | "task.retried"
      | "agent.registered"
      | "agent.configured"
      | "agent.reset"
      | "agent.archived"
      | "agent.drained"
      | "agent.stopped"
      | "agent.resumed"
    >
  | Deadline<"cooldown" | "open" | "resume">;

export interface AgentContext {
  readonly agentId: string;
  readonly policy: AgentPolicy;
  readonly breaker: Breaker;
  /** Tasks that run on this agent now. */
  readonly active: readonly string[];
  /** The one of them that is the probe of a half-open breaker. */
  readonly probe: string | undefined;
  /** False while drained or stopped: what runs may finish, nothing new begins. */
  readonly accepting: boolean;
  /** The state before, for `agent.state_changed`. */
  readonly was: AgentState;
  readonly why: string;
}

/** Only the agent's own doing counts against it: an engine that died under it, or a cancelled task, does not. */
function countsAsFailure(event: AgentEvent): boolean {
  return (
    event.type === "task.attempt_failed" && event.data.reason !== "interrupted" && event.data.reason !== "cancelled"
  );
}

/** Of a half-open breaker only its probe decides: whatever else ends now began before it opened. */
function breakerAfter(context: AgentContext, event: AgentEvent): Breaker {
  if (context.breaker.kind === "half_open" && taskOf(event) !== context.probe) return context.breaker;
  if (event.type === "task.succeeded") return afterSuccess(context.breaker);
  return countsAsFailure(event) ? afterFailure(context.breaker, event.at, context.policy) : context.breaker;
}

function taskOf(event: AgentEvent): string | undefined {
  return "data" in event && "taskId" in event.data ? event.data.taskId : undefined;
}

function activeAfter(context: AgentContext, event: AgentEvent): readonly string[] {
  const taskId = taskOf(event);
  if (taskId === undefined) return context.active;
  const others = context.active.filter((id) => id !== taskId);
  return event.type === "task.started" ? [...others, taskId] : others;
}

function probeAfter(context: AgentContext, event: AgentEvent): string | undefined {
  if (event.type === "task.started") return event.data.probe ? event.data.taskId : context.probe;
  return taskOf(event) === context.probe ? undefined : context.probe;
}

function reasonOf(event: AgentEvent): string {
  switch (event.type) {
    case "task.attempt_failed":
      return `task ${event.data.taskId}, attempt ${event.data.attempt}: ${event.data.reason}`;
    case "task.started":
    case "task.succeeded":
    case "task.cancelled":
    case "task.retried":
      return `${event.type} (${event.data.taskId})`;
    case "agent.reset":
    case "agent.archived":
    case "agent.drained":
    case "agent.stopped":
    case "agent.resumed":
      return event.data.reason;
    default:
      return event.type;
  }
}

/**
 * An agent's life: `idle → running → blocked → degraded → archived`, every state back to `idle` by completion, cooldown,
 * probe or reset. The breaker is a value here; an agent whose open time is over waits in `idle` with a half-open breaker
 * for its one probe.
 */
export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as { readonly agentId: string; readonly policy: AgentPolicy },
    emitted: {} as Output,
  },
  actions: {
    note: assign({
      active: ({ context, event }) => activeAfter(context, event),
      breaker: ({ context, event }) => breakerAfter(context, event),
      probe: ({ context, event }) => probeAfter(context, event),
      why: ({ event }) => reasonOf(event),
    }),
    adopt: assign({
      policy: ({ context, event }) => (event.type === "agent.registered" ? event.data.agent.policy : context.policy),
    }),
    halfOpen: assign({
      breaker: ({ context }) => letProbeThrough(context.breaker),
      why: ({ event }) => reasonOf(event),
    }),
    close: assign({ breaker: () => closedBreaker, why: ({ event }) => reasonOf(event) }),
    accept: assign({ accepting: () => true, why: ({ event }) => reasonOf(event) }),
    refuse: assign({ accepting: () => false, why: ({ event }) => reasonOf(event) }),
    waitResume: enqueueActions(({ event, enqueue }) => {
      const untilMs = event.type === "agent.drained" ? event.data.untilMs : undefined;
      enqueue.emit(untilMs === undefined ? dropDeadline("resume") : deadline("resume", untilMs));
    }),
    stopPausing: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("resume"))),
    tellResume: enqueueActions(({ context: { agentId }, enqueue }) => {
      const told = { agentId, by: "engine", reason: "its pause is over" };
      enqueue.emit(announce("agent.resumed", told, { subject: `agent/${agentId}` }));
    }),
    tellMove: enqueueActions(({ context, enqueue }, params: { readonly to: AgentState }) => {
      if (context.was === params.to) return;
      const { agentId, was, breaker, why } = context;
      enqueue.emit(
        announce(
          "agent.state_changed",
          { agentId, from: was, to: params.to, breaker: breaker.kind, reason: why },
          { subject: `agent/${agentId}` },
        ),
      );
      enqueue.assign({ was: params.to });
    }),
    coolDown: enqueueActions(({ context, event, enqueue }) =>
      enqueue.emit(deadline("cooldown", event.at + context.policy.cooldownMs)),
    ),
    stopCooling: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("cooldown"))),
    waitOpen: enqueueActions(({ context, enqueue }) => {
      const { agentId, breaker, why } = context;
      if (breaker.kind !== "open") return;
      enqueue.emit(deadline("open", breaker.untilMs));
      const told = { agentId, failures: breaker.failures, untilMs: breaker.untilMs, reason: why };
      enqueue.emit(announce("agent.degraded", told, { subject: `agent/${agentId}` }));
    }),
    stopWaiting: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("open"))),
    giveUp: enqueueActions(({ context, enqueue }) => {
      const { agentId, policy } = context;
      const told = { agentId, by: "engine", reason: `${policy.archiveAfterProbes} probes failed` };
      enqueue.emit(announce("agent.archived", told, { subject: `agent/${agentId}`, severity: "error" }));
    }),
  },
  guards: {
    opens: ({ context, event }) => countsAsFailure(event) && breakerAfter(context, event).kind === "open",
    spent: ({ context, event }) => {
      const after = breakerAfter(context, event);
      return after.kind === "open" && after.probes >= context.policy.archiveAfterProbes;
    },
    counts: ({ event }) => countsAsFailure(event),
    othersRun: ({ context, event }) => activeAfter(context, event).length > 0,
    isProbe: ({ event }) => event.type === "task.retried" && event.data.probe,
  },
}).createMachine({
  id: "agent",
  version: "1",
  context: ({ input }) => ({
    ...input,
    breaker: closedBreaker,
    active: [],
    probe: undefined,
    accepting: true,
    was: "idle",
    why: "registered",
  }),
  initial: "idle",
  on: {
    "agent.registered": { actions: "adopt" },
    // The newest word holds: a drain without an end takes the end of the one before away.
    "agent.drained": { actions: ["refuse", "waitResume"] },
    "agent.stopped": { actions: ["refuse", "stopPausing"] },
    "agent.resumed": { actions: ["accept", "stopPausing"] },
    "DEADLINE.resume": { actions: "tellResume" },
    "agent.archived": { target: ".archived", actions: "note" },
    "agent.reset": [
      { guard: "othersRun", target: ".running", actions: "close" },
      { target: ".idle", actions: "close" },
    ],
  },
  states: {
    idle: {
      entry: { type: "tellMove", params: { to: "idle" } },
      on: {
        "task.started": { target: "running", actions: "note" },
      },
    },
    running: {
      entry: { type: "tellMove", params: { to: "running" } },
      on: {
        "task.started": { actions: "note" },
        "task.succeeded": [
          { guard: "othersRun", actions: "note" },
          { target: "idle", actions: "note" },
        ],
        "task.cancelled": [
          { guard: "othersRun", actions: "note" },
          { target: "idle", actions: "note" },
        ],
        "task.attempt_failed": [
          { guard: "spent", target: "archived", actions: ["note", "giveUp"] },
          { guard: "opens", target: "degraded", actions: "note" },
          { guard: "counts", target: "blocked", actions: "note" },
          { guard: "othersRun", actions: "note" },
          { target: "idle", actions: "note" },
        ],
      },
    },
    blocked: {
      entry: [{ type: "tellMove", params: { to: "blocked" } }, "coolDown"],
      exit: "stopCooling",
      on: {
        "DEADLINE.cooldown": [
          { guard: "othersRun", target: "running", actions: "note" },
          { target: "idle", actions: "note" },
        ],
        "task.retried": [
          { guard: and(["isProbe", "othersRun"]), target: "running", actions: "note" },
          { guard: "isProbe", target: "idle", actions: "note" },
        ],
        "task.started": { actions: "note" },
        "task.succeeded": { actions: "note" },
        "task.cancelled": { actions: "note" },
        // A probe that fails is never heard here: nothing runs beside it that could have blocked the agent.
        "task.attempt_failed": [{ guard: "opens", target: "degraded", actions: "note" }, { actions: "note" }],
      },
    },
    degraded: {
      entry: [{ type: "tellMove", params: { to: "degraded" } }, "waitOpen"],
      exit: "stopWaiting",
      on: {
        "DEADLINE.open": [
          { guard: "othersRun", target: "running", actions: "halfOpen" },
          { target: "idle", actions: "halfOpen" },
        ],
        "task.retried": [
          { guard: and(["isProbe", "othersRun"]), target: "running", actions: "halfOpen" },
          { guard: "isProbe", target: "idle", actions: "halfOpen" },
        ],
        "task.started": { actions: "note" },
        "task.succeeded": { actions: "note" },
        "task.cancelled": { actions: "note" },
        "task.attempt_failed": { actions: "note" },
      },
    },
    archived: {
      entry: { type: "tellMove", params: { to: "archived" } },
      on: {
        "task.started": { actions: "note" },
        "task.succeeded": { actions: "note" },
        "task.cancelled": { actions: "note" },
        "task.attempt_failed": { actions: "note" },
      },
    },
  },
});
