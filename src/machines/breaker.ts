import { assign, emit, setup } from "xstate";
import {
  afterFailure,
  afterSuccess,
  type Breaker,
  type BreakerPolicy,
  closedBreaker,
  letProbeThrough,
} from "../resilience/breaker.ts";
import { deadline, dropDeadline, type Output } from "./output.ts";

/** What a breaker is told. `at` is epoch milliseconds. */
export type BreakerEvent =
  | { readonly type: "FAILURE"; readonly at: number }
  | { readonly type: "SUCCESS"; readonly at: number }
  | { readonly type: "RESET"; readonly at: number }
  | { readonly type: "DEADLINE.open"; readonly at: number };

export interface BreakerContext {
  readonly owner: string;
  readonly policy: BreakerPolicy;
  readonly breaker: Breaker;
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
    succeed: assign({ breaker: ({ context }) => afterSuccess(context.breaker) }),
    probe: assign({ breaker: ({ context }) => letProbeThrough(context.breaker) }),
    reset: assign({ breaker: () => closedBreaker }),
    waitOpen: emit(({ context }) => deadline("open", context.breaker.kind === "open" ? context.breaker.untilMs : 0)),
    stopWaiting: emit(() => dropDeadline("open")),
  },
  guards: {
    opens: ({ context, event }) => afterFailure(context.breaker, event.at, context.policy).kind === "open",
  },
}).createMachine({
  id: "breaker",
  version: "1",
  context: ({ input }) => ({ ...input, breaker: closedBreaker }),
  initial: "closed",
  on: { RESET: { target: ".closed", actions: "reset" } },
  states: {
    closed: {
      on: {
        FAILURE: [{ guard: "opens", target: "open", actions: "fail" }, { actions: "fail" }],
        SUCCESS: { actions: "succeed" },
      },
    },
    open: {
      entry: "waitOpen",
      exit: "stopWaiting",
      on: { "DEADLINE.open": { target: "half_open", actions: "probe" } },
    },
    half_open: {
      on: {
        FAILURE: { target: "open", actions: "fail" },
        SUCCESS: { target: "closed", actions: "succeed" },
      },
    },
  },
});
