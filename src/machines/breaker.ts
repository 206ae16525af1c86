import { assign, emit, enqueueActions, setup } from "xstate";
import {
  afterFailure,
  afterSuccess,
  type Breaker,
  type BreakerPolicy,
  closedBreaker,
  letProbeThrough,
} from "../resilience/breaker.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

/** What a breaker is told. `at` is epoch milliseconds. */
export type BreakerEvent =
  | { readonly type: "FAILURE"; readonly at: number }
  | { readonly type: "SUCCESS"; readonly at: number }
  /** The last success was none. */
  | { readonly type: "RELAPSE"; readonly at: number }
  | { readonly type: "RESET"; readonly at: number }
  | { readonly type: "DEADLINE.open"; readonly at: number };

export interface BreakerContext {
  readonly owner: string;
  readonly policy: BreakerPolicy;
  readonly breaker: Breaker;
  /** Failures that the last success wiped out; a relapse brings them back. */
  readonly forgiven: number;
}

function afterRelapse({ forgiven, policy }: BreakerContext, atMs: number): Breaker {
  return afterFailure({ kind: "closed", failures: forgiven }, atMs, policy);
}

/** The circuit breaker as a statechart over the pure values of `resilience/breaker.ts`. */
export const breakerMachine = setup({
  types: {
    context: {} as BreakerContext,
    events: {} as BreakerEvent,
    input: {} as { readonly owner: string; readonly policy: BreakerPolicy },
    emitted: {} as Output,
  },
  actions: {
    fail: assign({ breaker: ({ context, event }) => afterFailure(context.breaker, event.at, context.policy) }),
    succeed: assign({
      breaker: ({ context }) => afterSuccess(context.breaker),
      forgiven: ({ context }) => context.breaker.failures,
    }),
    relapse: assign({ breaker: ({ context, event }) => afterRelapse(context, event.at), forgiven: 0 }),
    probe: assign({ breaker: ({ context }) => letProbeThrough(context.breaker) }),
    reset: assign({ breaker: () => closedBreaker, forgiven: 0 }),
    waitOpen: emit(({ context }) => deadline("open", context.breaker.kind === "open" ? context.breaker.untilMs : 0)),
    stopWaiting: emit(() => dropDeadline("open")),
    tell: enqueueActions(({ context: { owner, breaker }, enqueue }) => {
      const until = breaker.kind === "open" ? { untilMs: breaker.untilMs } : {};
      const told = { owner, to: breaker.kind, failures: breaker.failures, ...until };
      const severity = breaker.kind === "closed" ? "info" : "warning";
      enqueue.emit(announce("breaker.changed", told, { subject: owner, severity }));
    }),
  },
  guards: {
    opens: ({ context, event }) => afterFailure(context.breaker, event.at, context.policy).kind === "open",
    opensAgain: ({ context, event }) => afterRelapse(context, event.at).kind === "open",
  },
}).createMachine({
  id: "breaker",
  version: "1",
  context: ({ input }) => ({ ...input, breaker: closedBreaker, forgiven: 0 }),
  initial: "closed",
  states: {
    closed: {
      on: {
        FAILURE: [{ guard: "opens", target: "open", actions: ["fail", "tell"] }, { actions: "fail" }],
        SUCCESS: { actions: "succeed" },
        RELAPSE: [{ guard: "opensAgain", target: "open", actions: ["relapse", "tell"] }, { actions: "relapse" }],
        RESET: { actions: "reset" },
      },
    },
    open: {
      entry: "waitOpen",
      exit: "stopWaiting",
      on: {
        "DEADLINE.open": { target: "half_open", actions: ["probe", "tell"] },
        RESET: { target: "closed", actions: ["reset", "tell"] },
      },
    },
    half_open: {
      on: {
        FAILURE: { target: "open", actions: ["fail", "tell"] },
        RELAPSE: { target: "open", actions: ["fail", "tell"] },
        SUCCESS: { target: "closed", actions: ["succeed", "tell"] },
        RESET: { target: "closed", actions: ["reset", "tell"] },
      },
    },
  },
});
