import { assign, enqueueActions, setup } from "xstate";
import { backoffMs } from "../resilience/backoff.ts";
import { isTooMany, restartsAfter } from "../resilience/restarts.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";
import { affectedBy, comesBack, type SupervisorPlan } from "./supervision.ts";

/** What a supervisor is told. `at` is epoch milliseconds; `chance`, in [0, 1), spreads the restarts. */
export type SupervisorEvent =
  | { readonly type: "PLAN"; readonly at: number; readonly plan: SupervisorPlan }
  | Ended<"FAILED">
  | Ended<"ENDED">
  /** Its restart has happened. */
  | { readonly type: "UP"; readonly at: number; readonly child: string }
  /** A person looked after it: whatever is down begins again, and what was is not held against it. */
  | { readonly type: "RESUME"; readonly at: number; readonly by: string }
  /** A new engine runs: what the one before had begun and not finished is done now. */
  | { readonly type: "ENGINE"; readonly at: number }
  | { readonly type: "DEADLINE.restart"; readonly at: number }
  | { readonly type: "DEADLINE.calm"; readonly at: number };

interface Ended<T extends string> {
  readonly type: T;
  readonly at: number;
  readonly child: string;
  readonly reason: string;
  readonly chance: number;
  /** Sequence of the event it could not take. */
  readonly event?: number;
}

/** Parameters of the `restart` effect. */
export interface Restart {
  readonly child: string;
  readonly attempt: number;
  /** Sequence of the event to leave out. */
  readonly skip?: number;
  readonly reason: string;
}

/** Parameters of the `end` effect. */
export interface End {
  readonly child: string;
  readonly reason: string;
}

export interface SupervisorContext {
  readonly id: string;
  readonly plan: SupervisorPlan;
  /** When restarts began that still count. */
  readonly restarts: readonly number[];
  /** Restarts so far. */
  readonly attempt: number;
  /** Who waits for its restart, or, escalated, for a person. */
  readonly down: readonly string[];
  /** Whose restart was asked for and has not happened yet. */
  readonly begun: readonly string[];
  /** How often in a row each child failed at one event. */
  readonly suspects: Readonly<Record<string, Suspect>>;
  readonly reason: string;
}

interface Suspect {
  readonly event: number;
  readonly failures: number;
}

function suspectsAfter(
  { suspects }: SupervisorContext,
  { child, event }: Ended<string>,
): SupervisorContext["suspects"] {
  const { [child]: known, ...others } = suspects;
  if (event === undefined) return others;
  return { ...others, [child]: { event, failures: known?.event === event ? known.failures + 1 : 1 } };
}

/** In the order of their start. */
function inOrder({ plan }: SupervisorContext, ids: ReadonlySet<string>): readonly string[] {
  return plan.children.map(({ id }) => id).filter((id) => ids.has(id));
}

/**
 * Looks after children that end though they should not: restarts them, and whoever depends on them, with growing pauses;
 * when restarts no longer help it stops and calls a person. `watching → waiting → watching`, or `escalated` until resumed or the engine
 * is started again.
 */
export const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as { readonly id: string; readonly plan: SupervisorPlan },
    emitted: {} as Output,
  },
  actions: {
    adopt: assign(({ context, event }) => {
      if (event.type !== "PLAN") return context;
      const known = new Set(event.plan.children.map(({ id }) => id));
      const keep = (ids: readonly string[]) => ids.filter((id) => known.has(id));
      return { ...context, plan: event.plan, down: keep(context.down), begun: keep(context.begun) };
    }),
    count: assign(({ context, event }) => {
      if (event.type !== "FAILED" && event.type !== "ENDED") return context;
      const down = new Set([...context.down, ...affectedBy(context.plan, event.child)]);
      return {
        ...context,
        restarts: restartsAfter(context.restarts, event.at, context.plan.intensity),
        attempt: context.attempt + 1,
        down: inOrder(context, down),
        begun: context.begun.filter((id) => !down.has(id)),
        suspects: suspectsAfter(context, event),
        reason: event.reason,
      };
    }),
    endOthers: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "FAILED" && event.type !== "ENDED") return;
      // The last that was started is ended first: nobody loses what it stands on.
      for (const child of context.down.filter((id) => id !== event.child).toReversed()) {
        const params: End = { child, reason: `${event.child}: ${event.reason}` };
        enqueue.emit({ type: "effect", name: "end", key: `${context.id}/${context.attempt}/end/${child}`, params });
      }
    }),
    waitForRestart: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "FAILED" && event.type !== "ENDED") return;
      const { id, plan, restarts, down, attempt } = context;
      const atMs = event.at + backoffMs(restarts.length, plan.backoff, event.chance);
      enqueue.emit(dropDeadline("calm"));
      enqueue.emit(deadline("restart", atMs));
      const told = { supervisor: id, child: event.child, affected: [...down], attempt, atMs, reason: event.reason };
      enqueue.emit(announce("supervisor.restarting", told, { subject: `supervisor/${id}` }));
    }),
    restart: enqueueActions(({ context, event, enqueue }) => {
      for (const child of context.down) enqueue.emit(restartOf(context, child));
      enqueue.emit(deadline("calm", event.at + context.plan.intensity.withinMs));
      enqueue.assign({ begun: context.down, down: [] });
    }),
    restartBegun: enqueueActions(({ context, enqueue }) => {
      for (const child of context.begun) enqueue.emit(restartOf(context, child));
    }),
    noteUp: assign({
      begun: ({ context, event }) =>
        event.type === "UP" ? context.begun.filter((id) => id !== event.child) : context.begun,
    }),
    callPerson: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "FAILED" && event.type !== "ENDED") return;
      const { id, plan, restarts, down, reason } = context;
      const { withinMs } = plan.intensity;
      const told = {
        supervisor: id,
        child: event.child,
        down: [...down],
        restarts: restarts.length - 1,
        withinMs,
        reason,
      };
      enqueue.emit(dropDeadline("restart"));
      enqueue.emit(dropDeadline("calm"));
      enqueue.emit(announce("supervisor.escalated", told, { subject: `supervisor/${id}` }));
    }),
    tellCalm: enqueueActions(({ context: { id, attempt }, enqueue }) => {
      enqueue.emit(announce("supervisor.recovered", { supervisor: id, attempt }, { subject: `supervisor/${id}` }));
    }),
    noteDown: assign({
      down: ({ context, event }) =>
        event.type === "FAILED" || event.type === "ENDED"
          ? inOrder(context, new Set([...context.down, event.child]))
          : context.down,
    }),
    forgive: assign({ restarts: () => [], suspects: () => ({}) }),
  },
  guards: {
    isLate: ({ context, event }) =>
      (event.type === "FAILED" || event.type === "ENDED") && context.down.includes(event.child),
    isOver: ({ context, event }) =>
      (event.type === "FAILED" || event.type === "ENDED") &&
      !comesBack(context.plan, event.child, event.type === "FAILED" ? "failed" : "in_order"),
    isTooMuch: ({ context, event }) =>
      isTooMany(restartsAfter(context.restarts, event.at, context.plan.intensity), context.plan.intensity),
  },
}).createMachine({
  id: "supervisor",
  version: "1",
  context: ({ input }) => ({
    ...input,
    restarts: [],
    attempt: 0,
    down: [],
    begun: [],
    suspects: {},
    reason: "",
  }),
  initial: "watching",
  on: { PLAN: { actions: "adopt" }, UP: { actions: "noteUp" } },
  states: {
    watching: {
      on: {
        FAILED: [
          { guard: "isOver" },
          { guard: "isTooMuch", target: "escalated", actions: ["count", "endOthers", "callPerson"] },
          { target: "waiting", actions: ["count", "endOthers", "waitForRestart"] },
        ],
        ENDED: [
          { guard: "isOver" },
          { guard: "isTooMuch", target: "escalated", actions: ["count", "endOthers", "callPerson"] },
          { target: "waiting", actions: ["count", "endOthers", "waitForRestart"] },
        ],
        ENGINE: { actions: "restartBegun" },
        "DEADLINE.calm": { actions: "tellCalm" },
      },
    },
    waiting: {
      on: {
        // The end of a child that was ended for the sake of another says nothing new.
        FAILED: [
          { guard: "isLate" },
          { guard: "isOver" },
          { guard: "isTooMuch", target: "escalated", actions: ["count", "endOthers", "callPerson"] },
          { actions: ["count", "endOthers", "waitForRestart"] },
        ],
        ENDED: [
          { guard: "isLate" },
          { guard: "isOver" },
          { guard: "isTooMuch", target: "escalated", actions: ["count", "endOthers", "callPerson"] },
          { actions: ["count", "endOthers", "waitForRestart"] },
        ],
        "DEADLINE.restart": { target: "watching", actions: "restart" },
        ENGINE: { actions: "restartBegun" },
      },
    },
    escalated: {
      on: {
        FAILED: { actions: "noteDown" },
        ENDED: [{ guard: "isOver" }, { actions: "noteDown" }],
        RESUME: { target: "watching", actions: ["forgive", "restart"] },
        // Whoever started the engine anew may have mended it: what is down is tried again, once more under its intensity.
        ENGINE: { target: "watching", actions: ["forgive", "restart"] },
      },
    },
  },
});

function restartOf({ id, plan, attempt, suspects, reason }: SupervisorContext, child: string): Output {
  const suspect = suspects[child];
  const skip = suspect !== undefined && suspect.failures >= plan.skipAfter ? { skip: suspect.event } : {};
  const params: Restart = { child, attempt, reason, ...skip };
  return { type: "effect", name: "restart", key: `${id}/${attempt}/restart/${child}`, params };
}
