import { type Copy, readShadow, type ShadowReading } from "../domain/shadow.ts";
import type { Heard } from "./hearing.ts";
import type { ImprovementContext, ImprovementEvent } from "./improvement-context.ts";

/** How the shadow of an improvement stands: a function of what its machine has heard. */
export function shadowOf({ proposal: { shadow }, pairs, copies, begun }: ImprovementContext): ShadowReading {
  return readShadow(pairs, shadow ?? { tasks: 0 }, { begun, open: copies.size });
}

export function standingOf({ pairs, control, candidate, lost, won }: ShadowReading) {
  return { pairs, control, candidate, lost, won };
}

/**
 * What a task or its copy ended with, beside what is known of the other: of a task its first attempt, as a copy has no
 * other. What was cut off says nothing, and a restart cuts off every copy.
 */
export function copiesAfter(context: ImprovementContext, event: ImprovementEvent): Partial<ImprovementContext> {
  if (event.type === "engine.started")
    return { copies: new Map([...context.copies].filter(([, { candidate }]) => candidate !== undefined)) };
  const said = saidOf(event);
  const known = said === undefined ? undefined : context.copies.get(said.taskId);
  if (said === undefined || known === undefined) return {};
  const copies = new Map(context.copies);
  copies.delete(said.taskId);
  if (said.what === undefined) return { copies };
  const { control, candidate } = { ...said.what, ...known };
  if (control !== undefined && candidate !== undefined)
    return { copies, pairs: [...context.pairs, { control, candidate }] };
  return { copies: copies.set(said.taskId, { ...said.what, ...known }) };
}

/** Which side of a task ended, and how; without `what` the task says nothing any more. */
function saidOf(event: ImprovementEvent): { readonly taskId: string; readonly what?: Copy } | undefined {
  if (event.type === "task.cancelled") return { taskId: event.data.taskId };
  if (event.type === "task.succeeded") return { taskId: event.data.taskId, what: { control: true } };
  if (event.type === "task.attempt_failed")
    return isItsOwn(event) ? { taskId: event.data.taskId, what: { control: false } } : { taskId: event.data.taskId };
  if (event.type !== "evolution.shadowed") return undefined;
  const { taskId, outcome } = event.data;
  return outcome === "void" ? { taskId } : { taskId, what: { candidate: outcome === "succeeded" } };
}

/** What was cut off or never begun says nothing about the agent. */
export function isItsOwn({ data: { reason } }: Heard<"task.failed"> | Heard<"task.attempt_failed">): boolean {
  return reason !== "cancelled" && reason !== "interrupted" && reason !== "dependency";
}
