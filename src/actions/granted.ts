import { isGranted } from "../domain/playbook/grants.ts";
import { AiosError } from "../kernel/errors.ts";
import type { ActionContext } from "./kind.ts";

/** Refuses what the plan was not granted. */
export function demand(needed: readonly string[], context: ActionContext): void {
  for (const one of needed)
    if (!isGranted(one, context.grants)) throw new AiosError("action.refused", `"${one}" is not granted`);
}

/**
 * The place that a path really means. A link may stand in the path as long as the place it leads to is granted too.
 *
 * @param tail what is really touched, where that is not the place itself but something under it
 */
export async function realPlace(
  verb: "fs.read" | "fs.write" | "fs.delete",
  path: string,
  context: ActionContext,
  tail = "",
): Promise<string> {
  demand([`${verb}:${path}${tail}`], context);
  const real = await context.files.realPath(path);
  if (!isGranted(`${verb}:${real}${tail}`, context.grants))
    throw new AiosError("action.refused", `${path} leads to ${real}, which is not granted`);
  return real;
}

/** Stops before the next effect once the run was told to. */
export function checkSignal(context: ActionContext): void {
  if (context.signal.aborted) throw new AiosError("action.refused", "the run was stopped before this effect");
}
