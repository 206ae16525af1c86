import type { RemediationContext, RemediationEvent } from "./remediation-run.ts";

/** What a run notes of an event; nothing of what does not concern it. */
type Note = Partial<RemediationContext>;

/** Of a step that was cut off, the first try saw what stood there before; the next one sees its traces. */
export function afterBegin({ cutOff, tries }: RemediationContext, event: RemediationEvent): Note {
  if (event.type !== "run.step_started") return {};
  return { tries: tries + 1, ...(cutOff ? {} : { begun: true, beganBefore: event.data.before }) };
}

/** A step that failed half-way may have changed something: it is undone like one that succeeded. */
export function afterStep(context: RemediationContext, event: RemediationEvent): Note {
  if (event.type !== "run.step_completed") return {};
  const { ok, action, detail } = event.data;
  return {
    done: [...context.done, { index: context.step, before: context.beganBefore }],
    failedStep: ok ? context.failedStep : `${action}: ${detail}`,
    begun: false,
    beganBefore: undefined,
    cutOff: false,
    tries: 0,
    step: context.step + 1,
  };
}

/** The engine ended while a step was under way that may not be done twice. */
export function inDoubt(context: RemediationContext): Note {
  const step = context.order.plan.steps[context.step];
  return {
    done: [...context.done, { index: context.step, before: context.beganBefore }],
    begun: false,
    tries: 0,
    outcome: "unverified",
    reason: `the engine ended while ${step?.action ?? "a step"} was under way`,
  };
}

export function afterProbe({ passed, probes, unreadable }: RemediationContext, event: RemediationEvent): Note {
  if (event.type !== "run.probed") return {};
  const { ok, detail } = event.data;
  if (ok === null) return { unreadable: unreadable + 1, reason: detail };
  return { probes: probes + 1, passed: passed + (ok ? 1 : 0), reason: detail };
}

export function afterUndoBegin({ tries }: RemediationContext): Note {
  return { tries: tries + 1 };
}

export function afterUndo({ undone, residue }: RemediationContext, event: RemediationEvent): Note {
  if (event.type !== "run.undo_completed") return {};
  const { ok, same, action, detail } = event.data;
  const clean = ok && same !== false;
  return { undone: undone + 1, tries: 0, residue: clean ? residue : [...residue, `${action}: ${detail}`] };
}

/** What of the plan will still stand in the world: what cannot be taken back, and what the playbook wants kept. */
export function leftBehind({ done, order }: RemediationContext): readonly string[] {
  const { steps, rollback } = order.plan;
  return done.flatMap(({ index, before }) => {
    const step = steps[index];
    if (step === undefined) return [];
    if (step.reversible) return rollback || before === undefined ? [] : [`${step.says} was not undone`];
    // Our own processes and tasks are not a residue.
    return step.risk === "low" ? [] : [`${step.says} cannot be undone`];
  });
}

export function refusedBy(event: RemediationEvent): Note {
  const checks = event.type === "run.prechecked" ? event.data.checks : [];
  const failed = checks.filter(({ ok }) => ok !== true).map(({ check, detail }) => `${check}: ${detail}`);
  return { outcome: "refused", reason: `pre-check: ${failed.join("; ")}` };
}

export function unapprovedBy(event: RemediationEvent): Note {
  if (event.type !== "approval.decided") return {};
  const { decision, by, reason } = event.data;
  if (decision === "expired") return { outcome: "expired", reason: "nobody approved it in time" };
  return { outcome: "refused", reason: `${decision} by ${by}: ${reason}` };
}
