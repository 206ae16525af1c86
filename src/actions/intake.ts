import { z } from "zod";
import type { Json } from "../kernel/json.ts";
import { findAgent } from "./agent-found.ts";
import { demand } from "./granted.ts";
import type { ActionContext, UndoResult } from "./kind.ts";

const before = z.object({ accepting: z.boolean() });

/** Whether an agent takes tasks now, as undo will need it. */
export async function keepIntake(target: string, context: ActionContext): Promise<Json> {
  return { accepting: findAgent(target, context).accepting };
}

/** Keeps new tasks from an agent. One that takes none already is left as it is, with the end its pause has. */
export async function closeIntake(
  target: string,
  how: { readonly reason: string; readonly untilMs?: number },
  context: ActionContext,
): Promise<void> {
  demand([`agent.control:${target}`], context);
  if (findAgent(target, context).accepting) await context.engine.drainAgent(target, { ...how, key: context.key });
}

/** Lets an agent take tasks again where it did before. */
export async function reopenIntake(target: string, kept: Json, context: ActionContext): Promise<UndoResult> {
  demand([`agent.control:${target}`], context);
  const had = before.parse(kept).accepting;
  if (had && !findAgent(target, context).accepting)
    await context.engine.resumeAgent(target, { key: context.key, reason: "what paused it is taken back" });
  const now = findAgent(target, context).accepting;
  return {
    same: now === had,
    detail: `${target} ${now ? "takes tasks" : "takes no tasks"}, ${now === had ? "as" : "unlike"} before`,
  };
}
