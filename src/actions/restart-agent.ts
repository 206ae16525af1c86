import { z } from "zod";
import { demand } from "./granted.ts";
import type { ActionKind } from "./kind.ts";
import { graceMs, name } from "./params.ts";

const params = z.strictObject({ target: name.describe("The agent."), graceMs });

/** Ends what runs of an agent and starts it again. */
export const restartAgent: ActionKind<z.infer<typeof params>> = {
  name: "restart_agent",
  summary: "End what runs of an agent and start it again.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["process.signal:own"],
  grants: () => ["process.signal:own"],
  says: ({ target }) => `restart agent ${target}`,
  agents: ({ target }) => [target],
  async run({ target, graceMs: grace }, context) {
    demand(["process.signal:own"], context);
    const { ended, started } = await context.engine.restartAgent(target, { graceMs: grace, key: context.key });
    const came = started === undefined ? "it starts with its next task" : `now process ${started.pid}`;
    const detail = `${target}: ended ${ended.length === 0 ? "nothing" : ended.join(", ")}; ${came}`;
    return { detail, evidence: { ended: [...ended], startedPid: started?.pid ?? null } };
  },
};
