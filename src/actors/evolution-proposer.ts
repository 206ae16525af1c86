import { isSameSetup, patched, setupOf } from "../domain/agent-setup.ts";
import {
  DAY_MS,
  type FailedTask,
  type Idea,
  ideas,
  type Proven,
  proven,
  riskOf,
  TIMES,
  type Troubled,
} from "../domain/improvement.ts";
import { sinceTrouble } from "../domain/interference.ts";
import { RecentOutcomes } from "../domain/recent-outcomes.ts";
import { canShadow } from "../domain/shadow.ts";
import { TRIAL } from "../domain/trial.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import type { ImprovementKind, Proposal } from "../events/types/evolution.ts";
import { inGroups } from "../kernel/checkpointed.ts";
import { canonical, type Hash } from "../kernel/hash.ts";
import { anything, groupsOf, listOf, objectOf, optional, pairOf, row, text, yesNo } from "../kernel/shape.ts";
import { announce, type Output } from "../machines/output.ts";
import type { Identity } from "./failure-identity.ts";
import type { ActorHost } from "./host.ts";
import type { Reflex } from "./kind.ts";
import { followOutcomes } from "./outcomes.ts";
import { reactorNow } from "./reactor.ts";
import type { AgentRow, AgentsView } from "./views/agents.ts";
import type { EvolutionView } from "./views/evolution.ts";
import type { TasksView } from "./views/tasks.ts";
import { refill } from "./views/view.ts";

export interface ProposerDeps {
  readonly hash: Hash;
  /** Which failure a message speaks of, as everybody else has it. */
  readonly identity: Identity;
  readonly host: () => ActorHost;
  readonly agents: AgentsView;
  readonly tasks: TasksView;
  readonly evolution: EvolutionView;
  readonly enabled: boolean;
  readonly approvalMs: number;
  /** Copies of live tasks before a trial, of agents that bear them; none where `tasks` is 0. */
  readonly shadow: { readonly tasks: number; readonly share: number; readonly longestMs: number };
  readonly defaults: {
    readonly retries: number;
    readonly backoff: { readonly firstMs: number; readonly factor: number; readonly maxMs: number };
  };
  /** Ends what a trial had running of its own. */
  readonly dismiss: (agentId: string, improvementId: string) => Promise<void>;
}

/** Failures of one agent that are remembered; within a day a change is proposed long before. */
const FAILURES_KEPT = 100;
const telling: ReadonlySet<string> = new Set(["error", "exit", "signal", "timeout", "output", "spawn"]);
/** What can be carried over to another agent. */
const portable: ReadonlySet<ImprovementKind> = new Set(["timeout", "retry", "backoff", "concurrency", "environment"]);

const saved = objectOf({
  failures: groupsOf(pairOf(text, listOf(row<FailedTask>()))),
  past: groupsOf(pairOf(text, listOf(yesNo))),
  // An engine that did not note it yet knew only who else worked at the end.
  accompanied: optional(listOf(text)),
  // Nor how the tasks under the present setup alone ended.
  recent: optional(anything),
});

/** Three tasks of an agent that end within a day with one fingerprint make an improvement, one at a time for each agent. */
export function evolutionProposer(deps: ProposerDeps): Reflex {
  const { hash, identity, agents, tasks, evolution } = deps;
  const failures = new Map<string, readonly FailedTask[]>();
  /** How the agent's last tasks ended, oldest first: what a quarantine is compared with. */
  const past = new Map<string, readonly boolean[]>();
  /** Tasks under way whose agent had other work while it had them. */
  const accompanied = new Set<string>();
  /** The same of tasks under the setup that each agent has: what a trial's own tasks of that setup are compared with. */
  const recent = new RecentOutcomes();
  return {
    name: "evolution-proposer",
    listens: [
      "agent.registered",
      "agent.configured",
      "agent.scaled",
      "task.started",
      "task.succeeded",
      "task.failed",
      "task.cancelled",
      "evolution.kept",
      "evolution.rolled_back",
      "evolution.abandoned",
      "evolution.rejected",
    ],
    state: {
      name: "evolution-proposer",
      version: 1,
      snapshot: () => ({
        failures: inGroups([...failures]),
        past: inGroups([...past]),
        accompanied: [...accompanied],
        recent: recent.snapshot(),
      }),
      restore(value) {
        const read = saved(value, "evolution-proposer");
        refill(failures, read.failures);
        refill(past, read.past);
        accompanied.clear();
        for (const taskId of read.accompanied ?? []) accompanied.add(taskId);
        recent.restore(read.recent, "evolution-proposer.recent");
      },
    },
    hear(event) {
      followOutcomes(event, recent, deps);
      if (is(event, "task.started")) meet(event.data.agentId);
      if (is(event, "task.succeeded")) remember(event.data.agentId, true);
      const outputs = is(event, "task.failed") ? failed(event) : [];
      if (is(event, "task.succeeded") || is(event, "task.failed") || is(event, "task.cancelled"))
        accompanied.delete(event.data.taskId);
      if (is(event, "evolution.abandoned") || is(event, "evolution.rejected")) return over(event);
      // What was counted so far speaks of the configuration before.
      if (!is(event, "evolution.kept")) return outputs;
      failures.delete(event.data.agentId);
      return handOn(event);
    },
    async perform(effect) {
      if (effect.name !== "dismiss") return;
      const { agentId, improvementId } = effect.params as { readonly agentId: string; readonly improvementId: string };
      await deps.dismiss(agentId, improvementId);
    },
  };

  function meet(agentId: string): void {
    const running = agents.get(agentId)?.running ?? [];
    if (running.length > 1) for (const taskId of running) accompanied.add(taskId);
  }

  function over({
    data: { agentId, improvementId },
  }: EventOf<"evolution.abandoned"> | EventOf<"evolution.rejected">): readonly Output[] {
    return [{ type: "effect", name: "dismiss", key: `${improvementId}/dismiss`, params: { agentId, improvementId } }];
  }

  function remember(agentId: string, succeeded: boolean): void {
    past.set(agentId, [...(past.get(agentId) ?? []), succeeded].slice(-TRIAL.blocks));
  }

  function failed(event: EventOf<"task.failed">): readonly Output[] {
    const { agentId, taskId, reason, error } = event.data;
    const agent = agentId === undefined ? undefined : agents.get(agentId);
    if (agent === undefined || !telling.has(reason)) return [];
    remember(agent.id, false);
    const fingerprint = identity.idOf(error.message);
    const task = tasks.get(taskId)?.spec;
    const failure: FailedTask = {
      taskId,
      fingerprint,
      template: identity.shown(fingerprint) ?? fingerprint,
      atMs: event.at,
      reason,
      code: error.code,
      status: error.status,
      retryable: error.retryable,
      timeoutMs: agent.spec.tuning?.timeoutMs ?? task?.timeoutMs ?? 0,
      pinned: task?.pinned?.includes("timeoutMs") === true,
      alongside: accompanied.has(taskId),
    };
    const recent = (failures.get(agent.id) ?? [])
      .filter((one) => event.at - one.atMs <= DAY_MS && one.taskId !== taskId)
      .concat(failure)
      .slice(-FAILURES_KEPT);
    failures.set(agent.id, recent);
    const same = recent.filter((one) => identity.resolve(one.fingerprint) === fingerprint);
    return deps.enabled && same.length >= TIMES ? propose(agent, same, event) : [];
  }

  function propose(agent: AgentRow, same: readonly FailedTask[], event: AnyEvent): readonly Output[] {
    return proposed(agent, same, event, ideas);
  }

  /** What helped one agent is proposed to its kin that failed alike within the day: once is enough, the trial judges. */
  function handOn(event: EventOf<"evolution.kept">): readonly Output[] {
    const row = evolution.get(event.data.improvementId);
    const first = agents.get(event.data.agentId);
    if (!deps.enabled || row === undefined || first === undefined || !portable.has(row.proposal.kind)) return [];
    const fingerprint = identity.resolve(row.proposal.fingerprint);
    return agents
      .list()
      .filter((other) => other.id !== first.id && areKin(first, other))
      .flatMap((other) => {
        const same = (failures.get(other.id) ?? []).filter(
          (one) => event.at - one.atMs <= DAY_MS && identity.resolve(one.fingerprint) === fingerprint,
        );
        return same.length === 0 ? [] : proposed(other, same, event, proven);
      });
  }

  function proposed(
    agent: AgentRow,
    same: readonly FailedTask[],
    event: AnyEvent,
    think: (troubled: Troubled) => readonly Idea[],
  ): readonly Output[] {
    if (agent.accepting !== "yes" || evolution.openOf(agent.id) !== undefined) return [];
    const before = setupOf(agent.spec, true);
    const troubled = {
      setup: before,
      failures: same,
      alternatives: agent.spec.alternatives ?? [],
      proven: provenFor(same.at(-1)?.fingerprint ?? "", agent),
      kin: ableToo(agent).map(({ id }) => id),
      past: past.get(agent.id) ?? [],
      defaults: deps.defaults,
    };
    const idea = think(troubled).find(({ patch }) => {
      const after = patched(before, patch);
      return after !== undefined && !isSameSetup(before, after) && !evolution.wasTried(agent.id, patch);
    });
    const after = idea && patched(before, idea.patch);
    if (idea === undefined || after === undefined) return [];
    return [proposalOf(idea, { agent, same, event, before, after, troubled })];
  }

  function proposalOf(
    { kind, patch, title, reason, from }: Idea,
    about: {
      readonly agent: AgentRow;
      readonly same: readonly FailedTask[];
      readonly event: AnyEvent;
      readonly before: ReturnType<typeof setupOf>;
      readonly after: ReturnType<typeof setupOf>;
      readonly troubled: { readonly kin: readonly string[]; readonly past: readonly boolean[] };
    },
  ): Output {
    const { agent, same, event, before, after, troubled } = about;
    const improvementId = `improvement-${hash.sha256(`${agent.id}\n${canonical(patch)}`).slice(0, 12)}`;
    const reactor = reactorNow(deps.host());
    const risk = riskOf[kind];
    const away = kind === "quarantine";
    const evidence = same.map(({ taskId }) => taskId);
    // What may not act by itself now asks, whatever it is.
    const asks = risk !== "low" || reactor.mode !== "live" || reactor.paused;
    return announce(
      "evolution.proposed",
      {
        improvementId,
        agentId: agent.id,
        kind,
        title,
        reason,
        risk,
        asks,
        fingerprint: same.at(-1)?.fingerprint ?? "",
        evidence,
        patch,
        planHash: hash.sha256(canonical({ agent: agent.id, before, after })),
        targetVersion: `configuration ${agent.configVersion} ${agent.configHash}`,
        before,
        after,
        control: agent.configVersion,
        candidate: newestVersion(agent) + 1,
        candidateHash: hash.sha256(canonical(after.config)),
        expiresAtMs: event.at + deps.approvalMs,
        past: away ? [...troubled.past] : [...sinceTrouble(recent.of(agent.id), evidence)],
        kin: away ? [...troubled.kin] : [],
        ...shadowFor(agent, kind, asks ? event.at + deps.approvalMs : event.at),
        ...(from === undefined ? {} : { from }),
      },
      { subject: `agent/${agent.id}`, key: improvementId },
    );
  }

  function shadowFor(
    agent: AgentRow,
    kind: ImprovementKind,
    fromMs: number,
  ): { readonly shadow?: NonNullable<Proposal["shadow"]> } {
    const { tasks, share, longestMs } = deps.shadow;
    if (agent.spec.shadow !== "safe" || !canShadow(kind) || tasks === 0) return {};
    return { shadow: { tasks, share, untilMs: fromMs + longestMs } };
  }

  /** Agents that can be given the same work: they name one of its capabilities, and take tasks. */
  function ableToo(agent: AgentRow): readonly AgentRow[] {
    return agents
      .list()
      .filter(
        ({ id, accepting, spec }) =>
          id !== agent.id &&
          accepting === "yes" &&
          spec.capabilities.some((name) => agent.spec.capabilities.includes(name)),
      );
  }

  function provenFor(fingerprint: string, agent: AgentRow): readonly Proven[] {
    const wanted = identity.resolve(fingerprint);
    return evolution
      .list()
      .filter(({ state, proposal }) => {
        const other = agents.get(proposal.agentId);
        if (state !== "kept" || identity.resolve(proposal.fingerprint) !== wanted || other === undefined) return false;
        return other.id !== agent.id && areKin(other, agent) && portable.has(proposal.kind);
      })
      .map(({ proposal: { improvementId, agentId, kind, patch }, difference, blocks }) => ({
        from: improvementId,
        agentId,
        kind,
        patch,
        gained: difference?.mean,
        pairs: blocks.length,
      }));
  }
}

/** Agents of one kind, and of one group where both are in any. */
function areKin({ spec: a }: AgentRow, { spec: b }: AgentRow): boolean {
  return a.kind === b.kind && (a.group === undefined || b.group === undefined || a.group === b.group);
}

/** The highest version that was given out, those only tried among them. */
export function newestVersion(agent: Pick<AgentRow, "versions" | "configVersion">): number {
  return Math.max(agent.configVersion, ...agent.versions.map(({ version }) => version));
}
