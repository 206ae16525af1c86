import { setupOf } from "../domain/agent-setup.ts";
import type { RecentOutcomes } from "../domain/recent-outcomes.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import { canonical, type Hash } from "../kernel/hash.ts";
import { isItsOwn } from "../machines/improvement-shadow.ts";
import type { AgentsView } from "./views/agents.ts";

/**
 * Has the outcomes of the agents' tasks follow the journal. What counts is what a trial counts: a task's first end, unless it
 * says nothing of the agent; and only under the configuration that holds, not under one that is tried.
 */
export function followOutcomes(
  event: AnyEvent,
  outcomes: RecentOutcomes,
  { agents, hash }: { readonly agents: Pick<AgentsView, "get">; readonly hash: Hash },
): void {
  const look = (agentId: string) => {
    const agent = agents.get(agentId);
    if (agent !== undefined) outcomes.setupIs(agentId, hash.sha256(canonical(setupOf(agent.spec, true))));
  };
  if (is(event, "agent.registered")) look(event.data.agent.id);
  if (is(event, "agent.configured") || is(event, "agent.scaled")) look(event.data.agentId);
  if (is(event, "task.started")) {
    const { taskId, agentId, attempt, configVersion } = event.data;
    const holds = agents.get(agentId)?.configVersion === configVersion;
    if (attempt === 1 && holds) outcomes.begins(taskId, agentId, event.sequence);
  }
  if (is(event, "task.succeeded")) outcomes.ends(event.data.taskId, event.data.agentId, "succeeded");
  if (is(event, "task.cancelled")) outcomes.ends(event.data.taskId, event.data.agentId, "says_nothing");
  if (is(event, "task.failed"))
    outcomes.ends(event.data.taskId, event.data.agentId, isItsOwn(event) ? "failed" : "says_nothing");
}
