import { z } from "zod";
import { findAgent } from "./agent-found.ts";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { name } from "./params.ts";

const params = z.strictObject({
  target: name.describe("The agent."),
  concurrency: z.number().int().min(1).max(1000).describe("Tasks it may have at once."),
});
const before = z.object({ concurrency: z.number().int() });

/** Changes how many tasks an agent may have at once; undo gives it the number it had. */
export const setConcurrency: ActionKind<z.infer<typeof params>> = {
  name: "set_concurrency",
  summary: "Change how many tasks an agent may have at once. Undo gives it the number it had.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["agent.control:*"],
  grants: ({ target }) => [`agent.control:${target}`],
  agents: ({ target }) => [target],
  says: ({ target, concurrency }) => `let agent ${target} have ${concurrency} tasks at once`,
  prepare: async ({ target }, context) => ({ concurrency: findAgent(target, context).concurrency }),
  async run({ target, concurrency }, context) {
    demand([`agent.control:${target}`], context);
    const had = findAgent(target, context).concurrency;
    await context.engine.scaleAgent(target, concurrency, { key: context.key });
    return { detail: `${target} may have ${concurrency} tasks at once (had ${had})`, evidence: { had, concurrency } };
  },
  async undo({ target, concurrency }, kept, context) {
    demand([`agent.control:${target}`], context);
    const had = before.parse(kept).concurrency;
    const now = findAgent(target, context).concurrency;
    if (now === had) return { same: true, detail: `${target} may have ${had} tasks at once, as before` };
    if (now !== concurrency)
      return { same: false, detail: `${target} was given another number since (${now}); left as it is` };
    await context.engine.scaleAgent(target, had, { key: context.key });
    const same = findAgent(target, context).concurrency === had;
    return { same, detail: `${target} may have ${had} tasks at once again` };
  },
};
