import { assign, enqueueActions, setup } from "xstate";
import { NO_CHECK } from "../domain/playbook/schema.ts";
import type { RunOrder } from "../events/types/playbook.ts";
import type { Outcome } from "../events/vocabulary.ts";
import type { Deadline, Heard } from "./hearing.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";
import {
  leftBehind,
  nextUndo,
  type ProbeEffect,
  type RemediationContext,
  rollbackWord,
  type StepEffect,
  settled,
  stepKey,
  subjectOf,
  type UndoEffect,
  undoKey,
} from "./remediation-run.ts";

export type RemediationEvent =
  | Heard<
      | "run.prechecked"
      | "approval.decided"
      | "run.step_started"
      | "run.step_completed"
      | "run.probed"
      | "run.undo_started"
      | "run.undo_completed"
      | "reactor.paused"
      | "reactor.resumed"
      | "engine.started"
    >
  | Deadline<"settle" | "probe" | "validation">;

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
    wantApproval: enqueueActions(({ context, enqueue }) => {
      const { runId, playbookId, target, planHash, targetVersion, plan, approvalExpiresAtMs } = context.order;
      const request = {
        approvalId: `approval-${runId}`,
        runId,
        playbookId,
        target,
        planHash,
        targetVersion,
        risk: plan.risk,
        why: plan.riskWhy,
        expiresAtMs: approvalExpiresAtMs,
        proposedBy: "engine",
      };
      enqueue.emit(announce("approval.requested", request, { ...subjectOf(context), key: request.approvalId }));
    }),
    wantStep: enqueueActions(({ context, enqueue }) => {
      const { order, step } = context;
      const params: StepEffect = { order, step };
      enqueue.emit({ type: "effect", name: "step", key: stepKey(order, step), params });
    }),
    /** Of a step that was cut off, the first try saw what stood there before; the next one sees its traces. */
    noteBegun: assign(({ context, event }) =>
      event.type === "run.step_started" && !context.cutOff ? { begun: true, beganBefore: event.data.before } : {},
    ),
    noteCutOff: assign({ cutOff: ({ context }) => context.begun }),
    noteStep: assign(({ context, event }) => {
      if (event.type !== "run.step_completed") return {};
      const done = event.data.ok
        ? [...context.done, { index: context.step, before: context.beganBefore }]
        : context.done;
      const failedStep = event.data.ok ? context.failedStep : `${event.data.action}: ${event.data.detail}`;
      // A step that failed half-way may have changed something: it is undone like one that succeeded.
      const touched = event.data.ok ? done : [...done, { index: context.step, before: context.beganBefore }];
      return { done: touched, failedStep, begun: false, beganBefore: undefined, cutOff: false, step: context.step + 1 };
    }),
    noteInDoubt: assign(({ context }) => {
      const step = context.order.plan.steps[context.step];
      return {
        done: [...context.done, { index: context.step, before: context.beganBefore }],
        begun: false,
        outcome: "unverified" as const,
        reason: `the engine ended while ${step?.action ?? "a step"} was under way`,
      };
    }),
    tellExecuted: enqueueActions(({ context, enqueue }) => {
      const { runId, playbookId, target, mode } = context.order;
      const told = {
        runId,
        playbookId,
        target,
        ok: context.failedStep === undefined,
        steps: context.done.length,
        rehearsed: mode === "rehearse",
      };
      enqueue.emit(announce("playbook.executed", told, { ...subjectOf(context), key: `${runId}/executed` }));
    }),
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
    noteProbe: assign(({ context, event }) => {
      if (event.type !== "run.probed") return {};
      if (event.data.ok === null) return { unreadable: context.unreadable + 1, reason: event.data.detail };
      return {
        probes: context.probes + 1,
        passed: context.passed + (event.data.ok ? 1 : 0),
        reason: event.data.detail,
      };
    }),
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
      const params: UndoEffect = { order: context.order, step: undo.index, before: undo.before ?? null };
      enqueue.emit({ type: "effect", name: "undo", key: undoKey(context.order, undo.index), params });
    }),
    noteUndo: assign(({ context, event }) => {
      if (event.type !== "run.undo_completed") return {};
      const { ok, same, action, detail } = event.data;
      const clean = ok && same !== false;
      return {
        undone: context.undone + 1,
        residue: clean ? context.residue : [...context.residue, `${action}: ${detail}`],
      };
    }),
    noteLeftBehind: assign(({ context }) => {
      const left = context.done.filter(({ index }) => leftBehind(context.order.plan.steps[index]));
      return {
        residue: [
          ...context.residue,
          ...left.map(({ index }) => `${context.order.plan.steps[index]?.says ?? "a step"} cannot be undone`),
        ],
      };
    }),
    judge: assign((_, verdict: { readonly outcome: Outcome; readonly reason: string | undefined }) => {
      return { outcome: verdict.outcome, ...(verdict.reason === undefined ? {} : { reason: verdict.reason }) };
    }),
    judgeFailedStep: assign(({ context }) => ({
      outcome: "not_fixed" as const,
      reason: context.failedStep ?? "an action failed",
    })),
    judgeRefused: assign(({ event }) => {
      const failed =
        event.type === "run.prechecked"
          ? event.data.checks.filter(({ ok }) => ok !== true).map(({ check, detail }) => `${check}: ${detail}`)
          : [];
      return { outcome: "refused" as const, reason: `pre-check: ${failed.join("; ")}` };
    }),
    judgeUnapproved: assign(({ event }) => {
      if (event.type !== "approval.decided") return {};
      const { decision, by, reason } = event.data;
      return decision === "expired"
        ? { outcome: "expired" as const, reason: "nobody approved it in time" }
        : { outcome: "refused" as const, reason: `${decision} by ${by}: ${reason}` };
    }),
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
    helped: ({ context }) => context.outcome === "fixed",
  },
}).createMachine({
  id: "remediation",
  version: "1",
  context: ({ input }) => ({
    ...input,
    step: 0,
    begun: false,
    beganBefore: undefined,
    cutOff: false,
    done: [],
    failedStep: undefined,
    passed: 0,
    probes: 0,
    unreadable: 0,
    outcome: undefined,
    reason: "",
    residue: [],
    undone: 0,
  }),
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
            "run.undo_completed": { target: "next", actions: "noteUndo" },
            "engine.started": { target: "undoing", reenter: true },
          },
        },
      },
    },
    settled: { entry: "tellSettled", type: "final" },
  },
});
