import { improvementActors } from "../../../../src/actors/improvement.ts";
import type { Proposal } from "../../../../src/events/types/evolution.ts";
import type { ImprovementContext } from "../../../../src/machines/improvement-context.ts";
import { AT, type Draft, heardAs, type Model, restarted, type Step, says } from "./model.ts";

const about = { improvementId: "improvement-1", agentId: "a" };
const before = { config: { command: ["work"] }, concurrency: 2, tuning: {}, accepting: true };

function proposal(more: Partial<Proposal>): Proposal {
  return {
    ...about,
    kind: "timeout",
    title: "Give it more time",
    reason: "three were ended at their limit",
    risk: "low",
    asks: false,
    fingerprint: "f",
    evidence: ["x", "y", "z"],
    patch: { tuning: { timeoutMs: 2_000 } },
    planHash: "plan",
    targetVersion: "configuration 1 x",
    before,
    after: { ...before, tuning: { timeoutMs: 2_000 } },
    control: 1,
    candidate: 2,
    candidateHash: "h",
    expiresAtMs: AT + 9_000,
    past: [],
    kin: [],
    ...more,
  };
}

const assigned = (taskId: string, arm: "control" | "candidate") =>
  says("evolution.assigned", { ...about, taskId, block: 0, arm }, ` ${taskId}`);
const succeeded = (taskId: string) =>
  says(
    "task.succeeded",
    { taskId, agentId: "a", attempt: 1, key: `${taskId}/1`, durationMs: 1, outputBytes: 2 },
    ` ${taskId}`,
  );
const failed = (taskId: string, reason: "error" | "interrupted") =>
  says(
    "task.failed",
    { taskId, agentId: "a", state: "dead", attempts: 1, reason, error: { message: "no" } },
    ` ${taskId} ${reason}`,
  );
const decided = (decision: "approved" | "rejected") =>
  says(
    "approval.decided",
    { approvalId: "p", runId: about.improvementId, decision, by: "me", planHash: "plan", reason: "" },
    ` ${decision}`,
  );
const archived: Draft = { type: "agent.archived", data: { agentId: "a", by: "me", reason: "asked" } };

const steps: readonly Step[] = [
  decided("approved"),
  decided("rejected"),
  assigned("t", "control"),
  assigned("u", "candidate"),
  succeeded("t"),
  failed("u", "error"),
  failed("u", "interrupted"),
  says("task.cancelled", { taskId: "t", agentId: "a", by: "me", reason: "" }),
  says("evolution.kept", { ...about, version: 3 }),
  says("evolution.rollback_requested", { ...about, by: "me", reason: "too slow" }),
  says("evolution.rolled_back", { ...about, same: true, detail: "", version: 1 }),
  restarted,
  { ...heardAs("DISTURBED", archived), why: "agent.archived, by operator" },
];

/**
 * Whatever is said of tasks and of the agent concerns it: the views that know better are not part of the model.
 * A trial's verdict needs many blocks; a quarantine's needs outcomes alone, so that its paths reach both ends.
 */
export function improvementModel(more: Partial<Proposal>): Model {
  const views = { get: () => ({}), concernedBy: () => [about.improvementId] };
  const { perform: _, ...kind } = improvementActors({ evolution: views } as never);
  return {
    kind: { ...kind, routes: { ...kind.routes, "agent.archived": () => [about.improvementId] } },
    name: about.improvementId,
    birth: { type: "evolution.proposed", data: proposal(more) },
    steps,
    seen: ({ value, context }) => {
      const { assigned: under, arrivals, why } = context as ImprovementContext;
      return JSON.stringify([value, [...under.keys()].sort(), Math.min(arrivals.length, 80), why]);
    },
  };
}
