import { z } from "zod";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The task."),
  probe: z.boolean().default(false).describe("Let it through as the one probe of a degraded agent."),
});

/** Queues a task that ended badly once more. */
export const retryTask: ActionKind<z.infer<typeof params>> = {
  name: "retry_task",
  summary: "Queue a task that ended badly once more.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["task.retry:own"],
  grants: () => ["task.retry:own"],
  says: ({ target, probe }) => `retry task ${target}${probe ? " as its agent's probe" : ""}`,
  async run({ target, probe }, context) {
    demand(["task.retry:own"], context);
    await context.engine.retryTask(target, { key: context.key, probe });
    return { detail: `task ${target} is queued again` };
  },
};
