import { assign, enqueueActions, setup } from "xstate";
import { NO_CHECK } from "../domain/playbook/schema.ts";
import type { RunOrder } from "../events/types/playbook.ts";
import type { Outcome } from "../events/vocabulary.ts";
import { deadline, dropDeadline, type Output } from "./output.ts";
import {
  afterBegin,
  afterProbe,
  afterStep,
  afterUndo,
  afterUndoBegin,
  inDoubt,
  leftBehind,
  refusedBy,
  unapprovedBy,
} from "./remediation-notes.ts";
import {
  approvalRequest,
  executed,
  nextUndo,
  type ProbeEffect,
  type RemediationContext,
  type RemediationEvent,
  rollbackWord,
  type StepEffect,
  settled,
  stepKey,
  type UndoEffect,
  unbegun,
  undoKey,
} from "./remediation-run.ts";

/**
 * One run of a playbook:
 * `prechecking → (awaiting_approval) → executing step i → settling → validating → settled`, and from any of them
 * through `rolling_back` to the end. Every arrow follows a journaled event; nothing is acted on before it is written.
 */
export const remediationMachine = setup({
  types: {
    context: {} as RemediationContext,
    events: {} as RemediationEvent,
    input: {} as { readonly order: RunOrder; readonly paused: boolean },
    emitted: {} as Output,
  },
  actions: {
    notePause: assign({ paused: ({ event }) => event.type === "reactor.paused" }),
    wantPrecheck: enqueueActions(({ context, enqueue }) => {
      enqueue.emit({
        type: "effect",
        name: "precheck",
        key: `${context.order.runId}/precheck`,
        params: { order: context.order },
      });
    }),
    wantApproval: enqueueActions(({ context, enqueue }) => enqueue.emit(approvalRequest(context))),
    wantStep: enqueueActions(({ context, enqueue }) => {
      const { order, step, tries } = context;
      const params: StepEffect = { order, step, attempt: tries + 1 };
      enqueue.emit({ type: "effect", name: "step", key: stepKey(order, step), params });
    }),
    noteBegun: assign(({ context, event }) => afterBegin(context, event)),
    noteCutOff: assign({ cutOff: ({ context }) => context.begun }),
    noteStep: assign(({ context, event }) => afterStep(context, event)),
    noteInDoubt: assign(({ context }) => inDoubt(context)),
    tellExecuted: enqueueActions(({ context, enqueue }) => enqueue.emit(executed(context))),
    startSettling: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit(deadline("settle", event.at + context.order.plan.validation.settleMs));
    }),
    // From when it can be read: time in which no engine ran says nothing about the signal.
    limitValidation: enqueueActions(({ context, event, enqueue }) => {
      enqueue.emit(deadline("validation", event.at + context.order.plan.validation.timeoutMs));
    }),
    wantProbe: enqueueActions(({ context, enqueue }) => {
      const { order, probes, unreadable } = context;
      const probe = probes + unreadable + 1;
      const params: ProbeEffect = { order, probe };
      enqueue.emit({ type: "effect", name: "probe", key: `${order.runId}/probe/${probe}`, params });
    }),
    noteProbe: assign(({ context, event }) => afterProbe(context, event)),
    waitProbe: enqueueActions(({ context, event, enqueue }) =>
      enqueue.emit(deadline("probe", event.at + context.order.plan.validation.intervalMs)),
    ),
    forgetProbe: enqueueActions(({ enqueue }) => enqueue.emit(dropDeadline("probe"))),
    dropDeadlines: enqueueActions(({ enqueue }) => {
      for (const name of ["probe", "validation"]) enqueue.emit(dropDeadline(name));
    }),
    wantUndo: enqueueActions(({ context, enqueue }) => {
      const undo = nextUndo(context);
      if (undo === undefined) return;
      const { order, tries } = context;
      const params: UndoEffect = { order, step: undo.index, attempt: tries + 1, before: undo.before ?? null };
      enqueue.emit({ type: "effect", name: "undo", key: undoKey(order, undo.index), params });
    }),
    noteUndoBegun: assign(({ context }) => afterUndoBegin(context)),
    noteUndo: assign(({ context, event }) => afterUndo(context, event)),
    noteLeftBehind: assign({ residue: ({ context }) => [...context.residue, ...leftBehind(context)] }),
    judge: assign((_, verdict: { readonly outcome: Outcome; readonly reason: string | undefined }) => {
      return { outcome: verdict.outcome, ...(verdict.reason === undefined ? {} : { reason: verdict.reason }) };
    }),
    judgeFailedStep: assign(({ context }) => ({
      outcome: "not_fixed" as const,
      reason: context.failedStep ?? "an action failed",
    })),
    judgeRefused: assign(({ event }) => refusedBy(event)),
    judgeUnapproved: assign(({ event }) => unapprovedBy(event)),
    tellSettled: enqueueActions(({ context, enqueue }) => {
      enqueue.emit(settled(context, context.outcome ?? "unverified", context.reason, rollbackWord(context)));
    }),
  },
  guards: {
    paused: ({ context }) => context.paused,
    prechecksHold: ({ event }) => event.type === "run.prechecked" && event.data.ok,
    needsApproval: ({ context }) => context.order.plan.needsApproval && context.order.mode === "live",
    approved: ({ context, event }) =>
      event.type === "approval.decided" &&
      event.data.decision === "approved" &&
      event.data.planHash === context.order.planHash,
    stepFailed: ({ context, event }) =>
      event.type === "run.step_completed" &&
      !event.data.ok &&
      context.order.plan.steps[context.step]?.onFailure !== "continue",
    allStepsDone: ({ context }) => context.step >= context.order.plan.steps.length,
    checksNothing: ({ context }) => context.order.plan.validation.check === NO_CHECK,
    rehearsed: ({ context }) => context.order.mode === "rehearse",
    inDoubt: ({ context }) => context.begun && context.order.plan.steps[context.step]?.idempotent !== true,
    enoughPassed: ({ context, event }) =>
      event.type === "run.probed" &&
      event.data.ok === true &&
      context.passed + 1 >= context.order.plan.validation.required,
    cannotPass: ({ context, event }) => {
      if (event.type !== "run.probed" || event.data.ok !== false) return false;
      const { probes, required } = context.order.plan.validation;
      return context.passed + (probes - context.probes - 1) < required;
    },
    undoLeft: ({ context }) => context.order.plan.rollback && nextUndo(context) !== undefined,
  },
}).createMachine({
  id: "remediation",
  version: "2",
  context: ({ input }) => ({ ...unbegun, ...input }),
  on: { "reactor.paused": { actions: "notePause" }, "reactor.resumed": { actions: "notePause" } },
  initial: "prechecking",
  states: {
    prechecking: {
      entry: "wantPrecheck",
      on: {
        "run.prechecked": [
          { guard: "prechecksHold", target: "cleared" },
          { target: "settled", actions: "judgeRefused" },
        ],
        "engine.started": { target: "prechecking", reenter: true },
      },
    },
    cleared: { always: [{ guard: "needsApproval", target: "awaiting_approval" }, { target: "between_steps" }] },
    awaiting_approval: {
      entry: "wantApproval",
      on: {
        "approval.decided": [
          { guard: "approved", target: "between_steps" },
          { target: "settled", actions: "judgeUnapproved" },
        ],
      },
    },
    /** The kill switch is asked here, between any two actions. */
    between_steps: {
      always: [
        { guard: "allStepsDone", target: "executed" },
        { guard: "paused", target: "held" },
        { target: "executing" },
      ],
    },
    held: { on: { "reactor.resumed": { target: "between_steps", actions: "notePause" } } },
    executing: {
      entry: "wantStep",
      on: {
        "run.step_started": { actions: "noteBegun" },
        "run.step_completed": [
          { guard: "stepFailed", target: "failing", actions: "noteStep" },
          { target: "between_steps", actions: "noteStep" },
        ],
        "engine.started": [
          { guard: "inDoubt", target: "rolling_back", actions: ["noteInDoubt", "tellExecuted"] },
          { target: "executing", reenter: true, actions: "noteCutOff" },
        ],
      },
    },
    failing: { entry: ["judgeFailedStep", "tellExecuted"], always: "rolling_back" },
    executed: {
      entry: "tellExecuted",
      always: [
        {
          guard: "rehearsed",
          target: "settled",
          actions: { type: "judge", params: { outcome: "suppressed", reason: "rehearsed: nothing was done" } },
        },
        {
          guard: "checksNothing",
          target: "rolling_back",
          actions: { type: "judge", params: { outcome: "unverified", reason: "the playbook names no validation" } },
        },
        { target: "settling" },
      ],
    },
    settling: {
      entry: "startSettling",
      on: { "DEADLINE.settle": "validating" },
    },
    validating: {
      entry: ["limitValidation", "wantProbe"],
      on: {
        "run.probed": [
          {
            guard: "enoughPassed",
            target: "settled",
            actions: ["noteProbe", { type: "judge", params: { outcome: "fixed", reason: undefined } }],
          },
          {
            guard: "cannotPass",
            target: "rolling_back",
            actions: ["noteProbe", { type: "judge", params: { outcome: "not_fixed", reason: undefined } }],
          },
          { actions: ["noteProbe", "waitProbe"] },
        ],
        "DEADLINE.probe": { actions: "wantProbe" },
        "DEADLINE.validation": {
          target: "rolling_back",
          actions: {
            type: "judge",
            params: { outcome: "unverified", reason: "the validation could not read its signal in time" },
          },
        },
        "engine.started": { actions: ["limitValidation", "forgetProbe", "wantProbe"] },
      },
      exit: "dropDeadlines",
    },
    rolling_back: {
      entry: "noteLeftBehind",
      initial: "next",
      states: {
        next: {
          always: [
            { guard: "paused", target: "held" },
            { guard: "undoLeft", target: "undoing" },
            { target: "#remediation.settled" },
          ],
        },
        held: { on: { "reactor.resumed": { target: "next", actions: "notePause" } } },
        undoing: {
          entry: "wantUndo",
          on: {
            "run.undo_started": { actions: "noteUndoBegun" },
            "run.undo_completed": { target: "next", actions: "noteUndo" },
            "engine.started": { target: "undoing", reenter: true },
          },
        },
      },
    },
    settled: { entry: "tellSettled", type: "final" },
  },
});
