import { z } from "zod";
import { name } from "../params.ts";
import type { CheckKind } from "./kind.ts";

const params = z.strictObject({ target: name.describe("The task.") });
const over = new Set(["failed", "dead", "cancelled"]);

/** A task ended well. While it is under way nothing can be told. */
export const taskSucceeded: CheckKind<z.infer<typeof params>> = {
  name: "task_succeeded",
  summary: "A task ended well; nothing can be told while it is under way.",
  params,
  async read({ target }, { engine }) {
    const task = engine.task(target);
    if (task === undefined) return { ok: null, reading: null, detail: `there is no task ${target}` };
    const { state, attempts } = task;
    const ok = state === "succeeded" ? true : over.has(state) ? false : null;
    return { ok, reading: { state, attempts }, detail: `task ${target} is ${state} after ${attempts} attempts` };
  },
};
