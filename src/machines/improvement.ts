import { assign, emit, enqueueActions, setup } from "xstate";
import { BEFORE, readInterference, sayInterference } from "../domain/interference.ts";
import { TRIAL } from "../domain/trial.ts";
import { type Arrival, noPlaces, readTrial, type TrialReading, taken, vacated } from "../domain/trial-record.ts";
import type { Proposal } from "../events/types/evolution.ts";
import type { ImprovementContext, ImprovementEvent } from "./improvement-context.ts";
import { copiesAfter, isItsOwn, shadowOf, standingOf } from "./improvement-shadow.ts";
import { announce, deadline, dropDeadline, type Output } from "./output.ts";

/** Parameters of the effects `begin`, `adopt` and `restore`. */
export interface ImprovementEffect {
  readonly proposal: Proposal;
  readonly why: string;
}

const subject = ({ proposal }: ImprovementContext) => ({ subject: `agent/${proposal.agentId}` });
const about = ({ proposal: { improvementId, agentId } }: ImprovementContext) => ({ improvementId, agentId });

/** A quarantine is judged before and after; everything else on pairs of live tasks. */
function readingOf({ proposal, arrivals }: ImprovementContext): TrialReading {
  return readTrial(arrivals, proposal.kind === "quarantine" ? proposal.past.length : TRIAL.blocks);
}

/** Whether the present version does worse than before. A quarantine has none at work. */
function interferenceOf({ proposal, before, arrivals }: ImprovementContext) {
  return proposal.kind === "quarantine" ? undefined : readInterference(before, arrivals);
}

/** The standing of a trial that ends, and what was found of the present version. */
function endOf(context: ImprovementContext) {
  const standing = shown(readingOf(context).blocks.at(-1)?.standing);
  const reading = interferenceOf(context);
  if (reading === undefined) return standing;
  const { verdict, before, since } = reading;
  return { ...standing, interference: { verdict, before, since } };
}

/** The book after a task ended: an outcome counts once, and only of a task that belongs here. */
function bookAfter(context: ImprovementContext, event: ImprovementEvent): Partial<ImprovementContext> {
  if (event.type !== "task.succeeded" && event.type !== "task.failed" && event.type !== "task.cancelled") return {};
  const succeeded = event.type === "task.succeeded";
  const says = succeeded || (event.type === "task.failed" && isItsOwn(event));
  if (context.proposal.kind === "quarantine") return says ? { arrivals: paired(context, succeeded) } : {};
  const slot = context.assigned.get(event.data.taskId);
  if (slot === undefined) return {};
  const assigned = new Map(context.assigned);
  assigned.delete(event.data.taskId);
  const elsewhere = event.data.agentId !== context.proposal.agentId;
  if (!says || elsewhere) return { assigned, places: vacated(context.places, slot) };
  return { assigned, arrivals: [...context.arrivals, { ...slot, succeeded }] };
}

/** The next outcome of those who took over, beside the next one of the past. */
function paired({ arrivals, proposal }: ImprovementContext, succeeded: boolean): readonly Arrival[] {
  const block = arrivals.length / 2;
  const before = proposal.past[block];
  if (before === undefined) return arrivals;
  return [...arrivals, { block, arm: "control", succeeded: before }, { block, arm: "candidate", succeeded }];
}

/**
 * One improvement of one agent: `(asking) → (shadowing) → trying → keeping → kept`, or back through `undoing`. What is tried
 * is judged by outcomes in the journal alone, so it stands after a restart where it stood.
 */
export const improvementMachine = setup({
  types: {
    context: {} as ImprovementContext,
    events: {} as ImprovementEvent,
    input: {} as { readonly proposal: Proposal },
    emitted: {} as Output,
  },
  actions: {
    ask: enqueueActions(({ context, enqueue }) => {
      const { improvementId, agentId, kind, planHash, targetVersion, risk, title, reason, expiresAtMs } =
        context.proposal;
      const request = {
        approvalId: `approval-${improvementId}`,
        runId: improvementId,
        playbookId: `evolution/${kind}`,
        target: { kind: "agent" as const, id: agentId },
        planHash,
        targetVersion,
        risk,
        why: [title, reason],
        expiresAtMs,
        proposedBy: "evolution",
      };
      enqueue.emit(announce("approval.requested", request, { ...subject(context), key: request.approvalId }));
    }),
    tellRejected: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "approval.decided") return;
      const { by, reason } = event.data;
      enqueue.emit(announce("evolution.rejected", { ...about(context), by, reason }, subject(context)));
    }),
    tellShadow: enqueueActions(({ context, enqueue }) => {
      const { control, candidate, shadow, improvementId } = context.proposal;
      const told = { ...about(context), control, candidate, tasks: shadow?.tasks ?? 0 };
      enqueue.emit(announce("evolution.shadow_started", told, { ...subject(context), key: improvementId }));
      if (shadow !== undefined) enqueue.emit(deadline("shadow", shadow.untilMs));
    }),
    dropShadow: emit(dropDeadline("shadow")),
    copy: assign(({ context, event }) => {
      if (event.type !== "evolution.shadow_began") return {};
      return { copies: new Map(context.copies).set(event.data.taskId, {}), begun: context.begun + 1 };
    }),
    compare: enqueueActions(({ context, event, enqueue }) => {
      const after = { ...context, ...copiesAfter(context, event) };
      enqueue.assign({ copies: after.copies, pairs: after.pairs });
      if (after.pairs.length === context.pairs.length) return;
      const told = { ...about(context), ...standingOf(shadowOf(after)) };
      enqueue.emit(announce("evolution.shadow_judged", told, subject(context)));
    }),
    tellShadowEnded: enqueueActions(({ context, enqueue }) => {
      const { verdict, ...standing } = shadowOf(context);
      const told = { ...about(context), verdict: verdict === "worse" ? verdict : ("not_worse" as const), ...standing };
      enqueue.emit(announce("evolution.shadow_ended", told, subject(context)));
    }),
    tellShadowWorse: enqueueActions(({ context, enqueue }) => {
      enqueue.assign({ why: "shadow" });
      const told = { ...about(context), verdict: "rollback" as const, reason: "shadow" as const, ...shown(undefined) };
      enqueue.emit(announce("evolution.decided", told, subject(context)));
    }),
    tellTrial: enqueueActions(({ context, enqueue }) => {
      const { control, candidate, candidateHash, before, after, improvementId } = context.proposal;
      const told = { ...about(context), control, candidate, configHash: candidateHash, before, after };
      enqueue.emit(announce("evolution.trial_started", told, { ...subject(context), key: improvementId }));
    }),
    begin: enqueueActions(({ context, enqueue }) => enqueue.emit(effect("begin", context))),
    seat: assign(({ context, event }) => {
      if (event.type !== "evolution.assigned") return {};
      const { taskId, block, arm } = event.data;
      const assigned = new Map(context.assigned).set(taskId, { block, arm });
      return { assigned, places: taken(context.places, { block, arm }) };
    }),
    recall: assign(({ context, event }) => {
      if (event.type !== "task.succeeded" && event.type !== "task.failed") return {};
      const { proposal, before } = context;
      const says = event.type === "task.succeeded" || isItsOwn(event);
      // A proposal of an engine that did not compare stands as it stood: it says nothing of the time before.
      const compares = proposal.kind !== "quarantine" && proposal.past.length > 0;
      if (!says || !compares || event.data.agentId !== proposal.agentId) return {};
      return { before: [...before, event.type === "task.succeeded"].slice(-BEFORE.most) };
    }),
    note: enqueueActions(({ context, event, enqueue }) => {
      const book = bookAfter(context, event);
      enqueue.assign(book);
      const known = readingOf(context).blocks.length;
      const { blocks } = readingOf({ ...context, ...book });
      for (const [index, block] of blocks.entries()) {
        if (index < known) continue;
        const { control, candidate, standing } = block;
        const told = { ...about(context), block: index, control, candidate, ...shown(standing) };
        enqueue.emit(announce("evolution.block_judged", told, subject(context)));
      }
    }),
    tellDecided: enqueueActions(({ context, enqueue }) => {
      const { verdict, reason } = readingOf(context);
      if (verdict === "running" || reason === undefined) return;
      enqueue.assign({ why: reason });
      const told = { ...about(context), verdict, reason, ...endOf(context) };
      enqueue.emit(announce("evolution.decided", told, subject(context)));
    }),
    tellInterference: enqueueActions(({ context, enqueue }) => {
      const reading = interferenceOf(context);
      if (reading === undefined) return;
      enqueue.assign({ why: sayInterference(reading) });
      const ends = { verdict: "rollback" as const, reason: "interference" as const, ...endOf(context) };
      enqueue.emit(announce("evolution.decided", { ...about(context), ...ends }, subject(context)));
    }),
    tellWithdrawn: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "evolution.rollback_requested") return;
      enqueue.assign({ why: event.data.reason });
      const told = { ...about(context), verdict: "rollback" as const, reason: "withdrawn" as const, ...endOf(context) };
      enqueue.emit(announce("evolution.decided", told, subject(context)));
    }),
    noteWish: assign({
      why: ({ context, event }) => (event.type === "evolution.rollback_requested" ? event.data.reason : context.why),
    }),
    adopt: enqueueActions(({ context, enqueue }) => enqueue.emit(effect("adopt", context))),
    restore: enqueueActions(({ context, enqueue }) => enqueue.emit(effect("restore", context))),
    tellAbandoned: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== "DISTURBED") return;
      enqueue.emit(announce("evolution.abandoned", { ...about(context), reason: event.why }, subject(context)));
    }),
  },
  guards: {
    asks: ({ context }) => context.proposal.asks,
    approved: ({ context, event }) =>
      event.type === "approval.decided" &&
      event.data.decision === "approved" &&
      event.data.planHash === context.proposal.planHash,
    shadows: ({ context }) => context.proposal.shadow !== undefined,
    isWorse: ({ context }) => shadowOf(context).verdict === "worse",
    isNotWorse: ({ context }) => shadowOf(context).verdict === "not_worse",
    interferes: ({ context }) => interferenceOf(context)?.verdict === "worse",
    keeps: ({ context }) => readingOf(context).verdict === "keep" && interferenceOf(context)?.isInDoubt !== true,
    undoes: ({ context }) => ["rollback", "inconclusive"].includes(readingOf(context).verdict),
  },
}).createMachine({
  id: "improvement",
  version: "3",
  context: ({ input }) => ({
    ...input,
    places: noPlaces,
    assigned: new Map(),
    arrivals: [],
    before: input.proposal.kind === "quarantine" ? [] : input.proposal.past.slice(-BEFORE.most),
    why: "",
    copies: new Map(),
    pairs: [],
    begun: 0,
  }),
  initial: "proposed",
  states: {
    proposed: { always: [{ guard: "asks", target: "asking" }, { target: "agreed" }] },
    asking: {
      entry: "ask",
      on: {
        "approval.decided": [
          { guard: "approved", target: "agreed" },
          { target: "over", actions: "tellRejected" },
        ],
        "task.succeeded": { actions: "recall" },
        "task.failed": { actions: "recall" },
        DISTURBED: { target: "over", actions: "tellAbandoned" },
      },
    },
    agreed: { always: [{ guard: "shadows", target: "shadowing" }, { target: "trying" }] },
    shadowing: {
      entry: "tellShadow",
      exit: "dropShadow",
      on: {
        "DEADLINE.shadow": { target: "trying", actions: "tellShadowEnded" },
        "evolution.shadow_began": { actions: "copy" },
        "evolution.shadowed": { actions: "compare" },
        "task.succeeded": { actions: "compare" },
        "task.attempt_failed": { actions: "compare" },
        "task.cancelled": { actions: "compare" },
        "engine.started": { actions: "compare" },
        "evolution.rollback_requested": { target: "undoing", actions: "tellWithdrawn" },
        DISTURBED: { target: "over", actions: "tellAbandoned" },
      },
      always: [
        { guard: "isWorse", target: "undoing", actions: ["tellShadowEnded", "tellShadowWorse"] },
        { guard: "isNotWorse", target: "trying", actions: "tellShadowEnded" },
      ],
    },
    trying: {
      entry: ["tellTrial", "begin"],
      on: {
        "evolution.assigned": { actions: "seat" },
        "task.succeeded": { actions: "note" },
        "task.failed": { actions: "note" },
        "task.cancelled": { actions: "note" },
        "evolution.rollback_requested": { target: "undoing", actions: "tellWithdrawn" },
        "engine.started": { actions: "begin" },
        DISTURBED: { target: "over", actions: "tellAbandoned" },
      },
      // What the present version's own tasks pay is no gain of the other one.
      always: [
        { guard: "interferes", target: "undoing", actions: "tellInterference" },
        { guard: "keeps", target: "keeping", actions: "tellDecided" },
        { guard: "undoes", target: "undoing", actions: "tellDecided" },
      ],
    },
    keeping: {
      entry: "adopt",
      on: {
        "evolution.kept": "kept",
        "engine.started": { target: "keeping", reenter: true },
        DISTURBED: { target: "over", actions: "tellAbandoned" },
      },
    },
    kept: {
      on: {
        "evolution.rollback_requested": { target: "undoing", actions: "noteWish" },
        DISTURBED: { target: "over" },
      },
    },
    undoing: {
      entry: "restore",
      on: {
        "evolution.rolled_back": "over",
        "engine.started": { target: "undoing", reenter: true },
      },
    },
    over: { type: "final" },
  },
});

function effect(name: "begin" | "adopt" | "restore", { proposal, why }: ImprovementContext): Output {
  const params: ImprovementEffect = { proposal, why };
  return { type: "effect", name, key: `${proposal.improvementId}/${name}`, params };
}

function shown(standing: TrialReading["blocks"][number]["standing"] | undefined) {
  return { blocks: standing?.blocks ?? 0, lead: standing?.lead ?? 0, difference: standing?.difference ?? null };
}
