import type { AgentContext } from "./agent.ts";
import type { ApprovalContext } from "./approval.ts";
import type { BreakerContext } from "./breaker.ts";
import type { ImprovementContext } from "./improvement-context.ts";
import type { IncidentContext } from "./incident.ts";
import type { ReactorContext } from "./reactor.ts";
import type { RemediationContext } from "./remediation-run.ts";
import type { SchedulerContext } from "./scheduler-book.ts";
import type { SupervisorContext } from "./supervisor.ts";

/** Where a machine stood: the value of its state, and its context as it was under that version. */
export interface Standing {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
}

/** How a standing of one version becomes one of the next. Pure: it sees nothing but the standing. */
export interface Migration {
  readonly from: string;
  readonly to: string;
  readonly migrate: (standing: Standing) => Standing;
}

/** What is known of a machine beside its definition of today. */
export interface MachineHistory {
  /** Members of its context today. */
  readonly members: readonly string[];
  /** Every older version that can still be taken up, each with the way to a later one. */
  readonly migrations: readonly Migration[];
}

/** Typed so that a member added to a context, or taken out of it, does not compile before it is written here. */
function history<C>(members: { readonly [K in keyof Required<C>]: true }, ...migrations: readonly Migration[]) {
  return { members: Object.keys(members), migrations };
}

/** The first version did not count the tries of a step: one that has begun was tried once, as far as that one knew. */
function counting({ value, context }: Standing): Standing {
  return { value, context: { ...context, tries: context["begun"] === true ? 1 : 0 } };
}

/** The first version ran nothing in shadow. */
function withoutShadow({ value, context }: Standing): Standing {
  return { value, context: { ...context, copies: new Map(), pairs: [], begun: 0 } };
}

/** The second version did not look at how the present version did before. */
function withoutBefore({ value, context }: Standing): Standing {
  return { value, context: { ...context, before: [] } };
}

/** Where nothing else stands, the only version so far is the first: a change of a machine raises its `version` and adds its migration here. */
export const histories = {
  agent: history<AgentContext>({
    agentId: true,
    policy: true,
    breaker: true,
    active: true,
    probe: true,
    accepting: true,
    was: true,
    why: true,
  }),
  approval: history<ApprovalContext>({ request: true }),
  breaker: history<BreakerContext>({ owner: true, policy: true, breaker: true, forgiven: true }),
  improvement: history<ImprovementContext>(
    {
      proposal: true,
      places: true,
      assigned: true,
      arrivals: true,
      before: true,
      why: true,
      copies: true,
      pairs: true,
      begun: true,
    },
    { from: "1", to: "2", migrate: withoutShadow },
    { from: "2", to: "3", migrate: withoutBefore },
  ),
  incident: history<IncidentContext>({
    incident: true,
    openedAtMs: true,
    silencedUntilMs: true,
    untold: true,
    notes: true,
    reopened: true,
    outbox: true,
  }),
  reactor: history<ReactorContext>({ settings: true, limits: true, record: true, switched: true, pausedBy: true }),
  remediation: history<RemediationContext>(
    {
      order: true,
      paused: true,
      step: true,
      tries: true,
      begun: true,
      beganBefore: true,
      cutOff: true,
      done: true,
      failedStep: true,
      passed: true,
      probes: true,
      unreadable: true,
      outcome: true,
      reason: true,
      residue: true,
      undone: true,
    },
    { from: "1", to: "2", migrate: counting },
  ),
  scheduler: history<SchedulerContext>({
    maxConcurrent: true,
    waiting: true,
    active: true,
    statistics: true,
    lastGiven: true,
    wakeAtMs: true,
  }),
  supervisor: history<SupervisorContext>({
    id: true,
    plan: true,
    restarts: true,
    attempt: true,
    down: true,
    begun: true,
    suspects: true,
    reason: true,
  }),
} as const satisfies Readonly<Record<string, MachineHistory>>;
