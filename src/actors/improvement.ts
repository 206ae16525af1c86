import { isSameSetup, setupOf } from "../domain/agent-setup.ts";
import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import type { AgentSetup, Proposal } from "../events/types/evolution.ts";
import { histories } from "../machines/history.ts";
import { type ImprovementEffect, improvementMachine } from "../machines/improvement.ts";
import type { Insist } from "./insist.ts";
import type { ActorKind, Routes } from "./kind.ts";
import type { AgentRow, AgentsView } from "./views/agents.ts";
import type { EvolutionView, ImprovementRow } from "./views/evolution.ts";

/** How an agent is changed in the name of an improvement. Each is done once, whatever it is asked how often. */
export interface AgentChanges {
  adopt(
    agentId: string,
    setup: AgentSetup,
    how: { readonly key: string; readonly cause: Cause; readonly restores: number },
  ): Promise<void>;
  drain(agentId: string, how: { readonly key: string; readonly cause: Cause; readonly reason: string }): Promise<void>;
  resume(agentId: string, how: { readonly key: string; readonly cause: Cause; readonly reason: string }): Promise<void>;
}

export interface ImprovementDeps {
  readonly insist: Insist;
  readonly agents: AgentsView;
  readonly evolution: EvolutionView;
  readonly changes: AgentChanges;
  /** Ends the copies of a change in shadow, at once: they count nowhere. */
  readonly endShadow: (agentId: string, improvementId: string) => Promise<void>;
  /** Ends what a trial had running of its own, once its last task is over; and its shadow. */
  readonly dismiss: (agentId: string, improvementId: string) => Promise<void>;
}

/** Changes in this name are the engine's own trials: they disturb none. */
export const BY_EVOLUTION = "evolution";

const own = ({ data }: { readonly data: { readonly improvementId: string } }) => [data.improvementId];

/** One actor for each improvement, from its proposal until it is over. */
export function improvementActors(deps: ImprovementDeps): ActorKind {
  const { evolution } = deps;
  const ended = ({ data }: { readonly data: { readonly taskId: string; readonly agentId?: string | undefined } }) =>
    evolution.concernedBy(data.taskId, data.agentId);
  const disturbed = (event: AnyEvent) => disturbedBy(event, deps);
  const routes: Routes = {
    "approval.decided": ({ data: { runId } }) => (evolution.get(runId) === undefined ? [] : [runId]),
    "evolution.shadow_began": own,
    "evolution.shadowed": own,
    "evolution.assigned": own,
    "evolution.kept": own,
    "evolution.rollback_requested": own,
    "evolution.rolled_back": own,
    "task.succeeded": ended,
    "task.attempt_failed": ended,
    "task.failed": ended,
    "task.cancelled": ended,
    "agent.registered": disturbed,
    "agent.configured": disturbed,
    "agent.scaled": disturbed,
    "agent.archived": disturbed,
    "agent.resumed": disturbed,
    "engine.started": () => "all",
  };
  return {
    name: "improvement",
    machine: improvementMachine,
    history: histories.improvement,
    birth: {
      on: "evolution.proposed",
      id: (event) => (is(event, "evolution.proposed") ? event.data.improvementId : undefined),
      input: (event) => (is(event, "evolution.proposed") ? { proposal: event.data } : undefined),
    },
    routes,
    hears(event) {
      const { type, data, at, id, sequence, correlationid, depth } = event;
      if (type.startsWith("agent.")) return { type: "DISTURBED", at, why: `${type}, by ${event.principal}` } as Said;
      return { type, data, at, id, sequence, correlationid, depth } as Said;
    },
    async perform(effect, cause) {
      const { proposal, why } = effect.params as ImprovementEffect;
      if (effect.name === "begin") await begin(proposal, cause, deps);
      if (effect.name === "adopt") await adopt(proposal, cause, deps);
      if (effect.name === "restore") await restore(proposal, why, cause, deps);
    },
  };
}

type Said = { readonly type: string; readonly at: number };

/** The improvements of an agent that is no longer what they were made for. */
function disturbedBy(event: AnyEvent, { evolution, agents }: ImprovementDeps): readonly string[] {
  const agentId = is(event, "agent.registered")
    ? event.data.agent.id
    : (event.data as { readonly agentId: string }).agentId;
  const agent = agents.get(agentId);
  if (agent === undefined || event.principal === BY_EVOLUTION) return [];
  return evolution
    .livingOf(agentId)
    .filter((row) => {
      if (is(event, "agent.archived")) return true;
      if (is(event, "agent.resumed")) return row.proposal.kind === "quarantine";
      return !isSameSetup(setupNow(agent, row.proposal), expected(row));
    })
    .map(({ proposal }) => proposal.improvementId);
}

/** What an agent should be like while its improvement stands there. */
function expected({ proposal, state }: ImprovementRow): AgentSetup {
  return state === "kept" && proposal.kind !== "quarantine" ? proposal.after : proposal.before;
}

/** Whether it takes work is a quarantine's business alone. */
function setupNow(agent: AgentRow, proposal: Proposal): AgentSetup {
  const { accepting } = proposal.kind === "quarantine" ? proposal.before : proposal.after;
  return setupOf(agent.spec, accepting);
}

async function begin(proposal: Proposal, cause: Cause, { changes, endShadow }: ImprovementDeps) {
  const { kind, agentId, improvementId, title } = proposal;
  await endShadow(agentId, improvementId);
  if (kind === "quarantine") await changes.drain(agentId, { key: `${improvementId}/begin`, cause, reason: title });
}

async function adopt(proposal: Proposal, cause: Cause, deps: ImprovementDeps): Promise<void> {
  const { agentId, improvementId, kind, after, candidate } = proposal;
  if (kind !== "quarantine")
    await deps.changes.adopt(agentId, after, { key: `${improvementId}/adopt`, cause, restores: candidate });
  await deps.dismiss(agentId, improvementId);
  const version = deps.agents.get(agentId)?.configVersion ?? 0;
  await deps.insist(() => ({
    type: "evolution.kept",
    subject: `agent/${agentId}`,
    idempotencykey: `evolution.kept:${improvementId}`,
    cause,
    data: { improvementId, agentId, version },
  }));
}

/** Brings back what held before, unless somebody else has changed it since, and compares. */
async function restore(proposal: Proposal, why: string, cause: Cause, deps: ImprovementDeps): Promise<void> {
  const { agentId, improvementId, kind, before, after, control } = proposal;
  const { agents, changes, insist } = deps;
  const how = { key: `${improvementId}/restore`, cause };
  const now = () => {
    const agent = agents.get(agentId);
    return agent === undefined ? undefined : setupNow(agent, proposal);
  };
  if (kind === "quarantine") await changes.resume(agentId, { ...how, reason: `its quarantine is over: ${why}` });
  else if (isIt(now(), after)) await changes.adopt(agentId, before, { ...how, restores: control });
  await deps.dismiss(agentId, improvementId);
  const accepts = kind !== "quarantine" || agents.get(agentId)?.accepting === "yes";
  const same = accepts && isIt(now(), before);
  const version = agents.get(agentId)?.configVersion ?? 0;
  const detail = same ? `${agentId} has the configuration it had` : `${agentId} was changed by somebody else since`;
  await insist(() => ({
    type: "evolution.rolled_back",
    subject: `agent/${agentId}`,
    idempotencykey: `evolution.rolled_back:${improvementId}`,
    cause,
    data: { improvementId, agentId, same, detail, version },
  }));
}

function isIt(setup: AgentSetup | undefined, other: AgentSetup): boolean {
  return setup !== undefined && isSameSetup(setup, { ...other, accepting: setup.accepting });
}
