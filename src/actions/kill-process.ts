import { z } from "zod";
import { processIdentity } from "../events/vocabulary.ts";
import { AiosError } from "../kernel/errors.ts";
import type { Json } from "../kernel/json.ts";
import type { EndReport } from "../kernel/processes.ts";
import { findAgent } from "./agent-found.ts";
import { checkSignal, demand } from "./granted.ts";
import type { ActionContext, ActionKind, Frozen } from "./kind.ts";
import { graceMs, name } from "./params.ts";

const IDLE_AGENTS = "idle_agents";

const params = z.strictObject({
  target: z
    .union([name, z.array(name).min(1), processIdentity])
    .describe('An agent, a list of agents, "idle_agents", or the identity of one process that AIOS started.'),
  onlyIdle: z.boolean().default(false).describe("Leave out an agent that is no longer idle when its turn comes."),
  graceMs,
});
type Killing = z.infer<typeof params>;

/** Ends processes that AIOS started: TERM, a grace, KILL, until nothing of the tree is left. */
export const killProcess: ActionKind<Killing> = {
  name: "kill_process",
  summary: "End the processes of agents: TERM, a grace, then KILL. They stay down until their next task.",
  params,
  risk: "low",
  idempotent: true,
  ownScope: ["process.signal:own"],
  grants: () => ["process.signal:own"],
  says: ({ target, graceMs: grace }) => `end ${sayTarget(target)} (TERM, then KILL after ${grace} ms)`,
  targets: ({ target }) => (Array.isArray(target) ? target.length : 1),
  agents: ({ target }) => (typeof target === "string" ? [target] : Array.isArray(target) ? target : []),
  freeze: (raw, { idleAgents, maxTargets }): Frozen => {
    const { target } = raw;
    if (target !== IDLE_AGENTS && !Array.isArray(target)) return { kind: "ok", params: raw };
    const list = Array.isArray(target) ? target : idleAgents;
    if (list.length === 0) return { kind: "refused", reason: "nothing_selected", detail: "there is no idle agent" };
    if (list.length > maxTargets) {
      const detail = `${list.length} are meant, and at most ${maxTargets} are allowed at once`;
      return { kind: "refused", reason: "too_many_targets", detail };
    }
    return { kind: "ok", params: target === IDLE_AGENTS ? { ...raw, target: [...list], onlyIdle: true } : raw };
  },
  async run({ target, onlyIdle, graceMs: grace }, context) {
    demand(["process.signal:own"], context);
    if (typeof target === "object" && !Array.isArray(target)) {
      const report = await context.processes.end(target, { graceMs: grace });
      return result([{ who: `process ${target.pid}`, report }]);
    }
    const reports: Ended[] = [];
    for (const agentId of typeof target === "string" ? [target] : target) {
      checkSignal(context);
      reports.push(await endAgent(agentId, onlyIdle, grace, context));
    }
    return result(reports);
  },
};

interface Ended {
  readonly who: string;
  readonly report: EndReport | undefined;
}

async function endAgent(agentId: string, onlyIdle: boolean, grace: number, context: ActionContext): Promise<Ended> {
  const agent = findAgent(agentId, context);
  if (onlyIdle && agent.state !== "idle") return { who: agentId, report: undefined };
  const report = await context.engine.stopAgent(agentId, { graceMs: grace, key: `${context.key}:${agentId}` });
  return { who: agentId, report };
}

function result(ended: readonly Ended[]): { detail: string; evidence: Json } {
  const left = ended.flatMap(({ report }) => report?.remaining ?? []);
  const detail = ended.map(sayEnded).join("; ");
  if (left.length > 0) throw new AiosError("action.failed", `still running: ${left.join(", ")} (${detail})`);
  return { detail, evidence: { ended: ended.flatMap(({ report }) => report?.ended ?? []) } };
}

function sayEnded({ who, report }: Ended): string {
  if (report === undefined) return `${who} is no longer idle and was left alone`;
  if (report.ended.length === 0) return `${who} had nothing running`;
  return `${who}: ended ${report.ended.join(", ")} (${report.signal})`;
}

function sayTarget(target: Killing["target"]): string {
  if (typeof target === "string") return `agent ${target}`;
  return Array.isArray(target) ? `agents ${target.join(", ")}` : `process ${target.pid}`;
}
