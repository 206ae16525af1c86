import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { agentActors } from "../../../src/actors/agent.ts";
import { approvalActors } from "../../../src/actors/approval.ts";
import { breakerActors } from "../../../src/actors/breaker.ts";
import { ActorHost } from "../../../src/actors/host.ts";
import { incidentActors } from "../../../src/actors/incident.ts";
import type { ActorKind } from "../../../src/actors/kind.ts";
import { reactorActor } from "../../../src/actors/reactor.ts";
import { remediationActors } from "../../../src/actors/remediation.ts";
import { limitsSettings } from "../../../src/domain/playbook/limits/settings.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { EventData, EventType } from "../../../src/events/catalog.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import type { RunOrder } from "../../../src/events/types/playbook.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { AgentContext } from "../../../src/machines/agent.ts";
import type { BreakerContext } from "../../../src/machines/breaker.ts";
import type { IncidentContext } from "../../../src/machines/incident.ts";
import type { Output } from "../../../src/machines/output.ts";
import type { RemediationContext } from "../../../src/machines/remediation-run.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { type Path, pathsOf } from "../../support/machine-paths.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

/** What a machine is told on a path: something that is journaled, or a deadline of its own that comes. */
interface Step {
  readonly type: string;
  readonly label: string;
  readonly at: number;
  readonly data?: unknown;
  readonly draft?: Draft;
}

interface Draft {
  readonly type: EventType;
  readonly data: unknown;
}

interface Standing {
  readonly value: unknown;
  readonly context: unknown;
}

interface Model {
  /** Without its effects: what a machine wants done is not done here. */
  readonly kind: ActorKind;
  /** The actor's name, and what gives birth to it where it is not there from the start. */
  readonly name: string;
  readonly birth?: Draft;
  readonly steps: readonly Step[];
  readonly seen: (standing: Standing) => string;
}

const AT = Date.UTC(2026, 0, 1);

const says = <T extends EventType>(type: T, data: EventData<T>, note = ""): Step => ({
  type,
  label: `${type}${note}`,
  at: AT,
  data,
  draft: { type, data },
});
const comes = (name: string): Step => ({ type: `DEADLINE.${name}`, label: `deadline ${name}`, at: AT + 1e9 });
/** An event that the machine hears under a name of its own. */
const heardAs = (type: string, draft: Draft, note = ""): Step => ({ type, label: `${type}${note}`, at: AT, draft });

const restarted = says("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" });

function agentModel(): Model {
  const policy = { failureThreshold: 3, cooldownMs: 1_000, openMs: 5_000, archiveAfterProbes: 2 };
  const spec = { id: "a", kind: "process", config: null, capabilities: [], concurrency: 2, policy };
  const birth = { type: "agent.registered", data: { agent: spec, configHash: "x", by: "me" } } as const;
  const about = (taskId: string) => ({ taskId, agentId: "a", attempt: 1, key: `${taskId}/1` });
  const started = (taskId: string, probe = false) =>
    says(
      "task.started",
      { ...about(taskId), deadlineAtMs: AT + 1e10, configVersion: 1, probe, lessons: [] },
      ` ${taskId}${probe ? " as probe" : ""}`,
    );
  const failed = (taskId: string, reason: "error" | "interrupted" = "error") =>
    says(
      "task.attempt_failed",
      { ...about(taskId), reason, error: { message: "no" }, durationMs: 1 },
      ` ${taskId} ${reason}`,
    );
  const task = {
    id: "t",
    input: null,
    priority: "P2" as const,
    timeoutMs: 1_000,
    retries: 0,
    dependsOn: [],
    onInterrupt: "retry" as const,
    submittedBy: "me",
  };
  const ordered = { agentId: "a", by: "operator", reason: "asked" };
  return {
    kind: agentActors,
    name: "a",
    birth,
    steps: [
      started("t"),
      started("u"),
      started("t", true),
      says("task.succeeded", { ...about("t"), durationMs: 1, outputBytes: 2 }, " t"),
      says("task.succeeded", { ...about("u"), durationMs: 1, outputBytes: 2 }, " u"),
      failed("t"),
      failed("u"),
      failed("t", "interrupted"),
      says("task.cancelled", { taskId: "t", agentId: "a", by: "me", reason: "no more" }),
      says("task.retried", { taskId: "t", by: "reactor", agentId: "a", probe: true, task, attempts: 1 }),
      says("agent.registered", birth.data),
      says("agent.reset", ordered),
      says("agent.archived", ordered),
      says("agent.drained", ordered),
      says("agent.stopped", { ...ordered, ended: [] }),
      says("agent.resumed", ordered),
      comes("cooldown"),
      comes("open"),
    ],
    seen: ({ value, context }) => {
      const { breaker, active, accepting, probe } = context as AgentContext;
      const probes = "probes" in breaker && Math.min(breaker.probes, 3);
      const failures = Math.min(breaker.failures, 3);
      return JSON.stringify([value, breaker.kind, failures, probes, [...active].sort(), accepting, probe]);
    },
  };
}

const runId = "run-1";
const target = { kind: "agent", id: "a" } as const;
const trigger = { id: "e", sequence: 1, type: "x.y", at: 0 };

function order(plan: Partial<RunOrder["plan"]> = {}, mode: RunOrder["mode"] = "live"): RunOrder {
  const step = {
    action: "write_file",
    params: {},
    onFailure: "stop",
    risk: "low",
    reversible: true,
    idempotent: true,
    says: "write it",
    agents: [],
  } as const;
  return {
    runId,
    playbookId: "p",
    target,
    trigger,
    via: "trigger",
    mode,
    priority: "P2",
    planHash: "hash",
    targetVersion: "-",
    why: [],
    approvalExpiresAtMs: AT + 99_000,
    plan: {
      playbookHash: "h",
      prechecks: [],
      steps: [
        { ...step, agents: [] },
        { ...step, agents: [], idempotent: false },
      ],
      validation: { check: "c", params: {}, settleMs: 100, intervalMs: 50, probes: 3, required: 2, timeoutMs: 1_000 },
      rollback: true,
      risk: "low",
      riskWhy: [],
      needsApproval: false,
      grants: [],
      ...plan,
    },
  };
}

function remediationModel(one: RunOrder): Model {
  const head = (step: number) => ({ runId, step, action: "write_file", key: `${runId}/step/${step}` });
  const decided = (decision: "approved" | "rejected") =>
    says("approval.decided", { approvalId: "a", runId, decision, by: "me", planHash: "hash", reason: "r" }, decision);
  const done = (step: number, ok: boolean) =>
    says("run.step_completed", { ...head(step), ok, detail: "it ended" }, ` ${step} ${ok}`);
  const probed = (ok: boolean | null) =>
    says("run.probed", { runId, probe: 1, ok, reading: null, detail: "read" }, ` ${ok}`);
  // Nothing of it is used: the machine runs without its effects.
  const { perform: _, ...kind } = remediationActors(undefined as never);
  return {
    kind,
    name: runId,
    birth: { type: "playbook.matched", data: one },
    steps: [
      says("run.prechecked", { runId, ok: true, checks: [] }, " true"),
      says("run.prechecked", { runId, ok: false, checks: [] }, " false"),
      decided("approved"),
      decided("rejected"),
      says("run.step_started", { ...head(0), attempt: 1, before: "old" }),
      done(0, true),
      done(0, false),
      probed(true),
      probed(false),
      probed(null),
      says("run.undo_started", head(0)),
      says("run.undo_completed", { ...head(0), ok: true, same: true, detail: "undone" }),
      says("reactor.paused", { by: "me", reason: "wait" }),
      says("reactor.resumed", { by: "me" }),
      restarted,
      comes("settle"),
      comes("probe"),
      comes("validation"),
    ],
    seen: ({ value, context }) => {
      const {
        paused,
        step,
        begun,
        done: steps,
        failedStep,
        passed,
        probes,
        unreadable,
        outcome,
        undone,
      } = context as RemediationContext;
      const unread = Math.min(unreadable, 1);
      return JSON.stringify([
        value,
        paused,
        step,
        begun,
        steps.length,
        failedStep,
        passed,
        probes,
        unread,
        outcome,
        undone,
      ]);
    },
  };
}

function incidentModel(): Model {
  const incidentId = "incident-1";
  const incident = {
    incidentId,
    title: "it broke",
    severity: "error",
    target,
    evidence: [],
    needsPerson: true,
  } as const;
  const { perform: _, ...kind } = incidentActors(async () => {});
  return {
    kind,
    name: incidentId,
    birth: { type: "incident.opened", data: incident },
    steps: [
      says("incident.updated", { incidentId, note: "n", needsPerson: true }),
      says("incident.acknowledged", { incidentId, by: "me" }),
      says("incident.silenced", { incidentId, by: "me", untilMs: AT + 2_000 }),
      says("incident.resolved", { incidentId, by: "me", reason: "mended" }),
      says("incident.reopened", { incidentId, reason: "again" }),
      says("notification.sent", { key: "incident-1/opened/0", channel: "log", incidentId, text: "t" }),
      restarted,
      comes("silence"),
    ],
    seen: ({ value, context }) => {
      const { reopened, notes, silencedUntilMs, untold, outbox } = context as IncidentContext;
      return JSON.stringify([
        value,
        Math.min(reopened, 2),
        Math.min(notes, 1),
        silencedUntilMs,
        untold,
        outbox.length > 1,
      ]);
    },
  };
}

function approvalModel(): Model {
  const approvalId = "approval-1";
  const decided = (decision: "approved" | "rejected") =>
    says("approval.decided", { approvalId, runId, decision, by: "me", planHash: "hash", reason: "r" }, decision);
  const requested = {
    approvalId,
    runId,
    playbookId: "p",
    target,
    planHash: "hash",
    targetVersion: "-",
    risk: "high",
    why: [],
    expiresAtMs: AT + 5_000,
    proposedBy: "engine",
  } as const;
  return {
    kind: approvalActors,
    name: approvalId,
    birth: { type: "approval.requested", data: requested },
    steps: [decided("approved"), decided("rejected"), comes("expiry")],
    seen: ({ value }) => JSON.stringify(value),
  };
}

const settledRun = (id: string, outcome: "fixed" | "not_fixed"): Draft => ({
  type: "playbook.settled",
  data: {
    runId: id,
    playbookId: "p",
    target,
    trigger,
    outcome,
    rollback: "none",
    reason: "",
    via: "trigger",
    rehearsed: false,
    residue: [],
    settleMs: 10,
  },
});

function breakerModel(): Model {
  return {
    kind: breakerActors(limitsSettings.parse({ breakerFailures: 2, breakerOpenMs: 1_000 })),
    name: "p",
    birth: { type: "playbook.settled", data: { ...(settledRun("r", "fixed").data as object), rehearsed: true } },
    steps: [
      heardAs("FAILURE", settledRun("r", "not_fixed")),
      heardAs("SUCCESS", settledRun("r", "fixed")),
      heardAs("RELAPSE", { type: "playbook.relapsed", data: { runId: "r", playbookId: "p", target, again: "e" } }),
      heardAs("RESET", { type: "playbook.enabled", data: { playbookId: "p", by: "me" } }),
      comes("open"),
    ],
    seen: ({ value, context }) => {
      const { breaker, forgiven } = context as BreakerContext;
      return JSON.stringify([value, Math.min(breaker.failures, 9), Math.min(forgiven, 9)]);
    },
  };
}

function reactorModel(): Model {
  const settings = limitsSettings.parse({ stormPerMinute: 3, stormQuietMs: 120_000 });
  return {
    kind: reactorActor(settings, () => undefined),
    name: "main",
    steps: [
      says("reactor.paused", { by: "me", reason: "wait" }),
      says("reactor.resumed", { by: "me" }),
      ...(["observe", "rehearse", "live"] as const).map((mode) =>
        says("reactor.mode_changed", { mode, by: "me" }, ` ${mode}`),
      ),
      says("reactor.storm_entered", { reason: "r" }),
      says("reactor.storm_left", { quietMs: 1 }),
      says("playbook.disabled", { playbookId: "p", by: "me" }),
      comes("quiet"),
    ],
    seen: ({ value }) => JSON.stringify(value),
  };
}

const models: Readonly<Record<string, Model>> = {
  agent: agentModel(),
  approval: approvalModel(),
  breaker: breakerModel(),
  incident: incidentModel(),
  reactor: reactorModel(),
  "remediation that acts": remediationModel(order()),
  "remediation that asks": remediationModel(order({ needsApproval: true })),
  "remediation that rehearses": remediationModel(order({}, "rehearse")),
};

interface Running {
  readonly journal: VolatileJournal;
  readonly clock: VirtualClock;
  readonly bus: EventBus;
  readonly host: ActorHost;
}

async function hostOf(
  { kind }: Model,
  journal = new VolatileJournal(),
  clock = new VirtualClock(AT),
): Promise<Running> {
  const bus = new EventBus({ clock, entropy: new SeededEntropy(journal.lastSequence + 1), log: silentLog });
  const host = new ActorHost({ bus, clock, hash: nodeHash, log: silentLog }, [kind], []);
  bus.fold((event) => host.hear(event));
  host.begin();
  for await (const event of journal.read()) bus.replay(event);
  bus.attach(journal);
  await host.goLive();
  return { journal, clock, bus, host };
}

/** Lets a path happen to a running host. False where it cannot: a deadline of it is not armed there. */
async function happens(
  { bus, host, clock }: Running,
  { kind, name, birth }: Model,
  path: Path<Step>,
): Promise<boolean> {
  if (birth !== undefined) await bus.publish(birth as never);
  for (const { draft, type } of path.events) {
    if (draft !== undefined) await bus.publish(draft as never);
    else {
      const wanted = type.slice("DEADLINE.".length);
      const due = host.deadlines().find((one) => one.actor === `${kind.name}/${name}` && one.name === wanted);
      if (due === undefined) return false;
      await clock.advance(Math.max(0, due.dueAtMs - clock.now()));
    }
    await settle();
  }
  return true;
}

/** The pure machine over what stands in the journal, and how many of its events were not asked for by the path. */
function pureOf({ kind, name }: Model, events: readonly AnyEvent[]) {
  const born = events.find((event) => event.type === kind.birth?.on);
  const input = kind.permanent?.input ?? (born === undefined ? undefined : kind.birth?.input(born));
  const armed = new Map<string, number>();
  const actor = createActor(kind.machine, { input });
  actor.on("*", (output: Output) => {
    if (output.type === "deadline") armed.set(output.name, output.atMs);
    if (output.type === "drop_deadline") armed.delete(output.name);
  });
  actor.start();
  const heard: string[] = [];
  for (const event of events) {
    const said = event === born ? birthHeard(kind, event) : heardBy(kind, name, event, armed);
    if (said === undefined || actor.getSnapshot().status !== "active") continue;
    if (event !== born) heard.push(said.type);
    actor.send(kind.facts === undefined ? said : { ...said, facts: kind.facts(event) });
  }
  return { snapshot: actor.getSnapshot(), heard };
}

/** The event of its birth reaches an actor too where its kind says so. */
function birthHeard(kind: ActorKind, event: AnyEvent): { readonly type: string } | undefined {
  const routed = kind.routes[event.type as EventType];
  return routed === undefined ? undefined : saidOf(kind, event);
}

function heardBy(kind: ActorKind, name: string, event: AnyEvent, armed: Map<string, number>) {
  if (event.type === "deadline.fired") {
    const due = event.data as { readonly actor: string; readonly name: string; readonly dueAtMs: number };
    if (due.actor !== `${kind.name}/${name}` || armed.get(due.name) !== due.dueAtMs) return undefined;
    armed.delete(due.name);
    return { type: `DEADLINE.${due.name}`, at: event.at };
  }
  const names = kind.routes[event.type as EventType]?.(event as never);
  return names === "all" || names?.includes(name) === true ? saidOf(kind, event) : undefined;
}

function saidOf(kind: ActorKind, event: AnyEvent): { readonly type: string } | undefined {
  if (kind.hears !== undefined) return kind.hears(event);
  const { type, data, at, id, sequence, correlationid, depth } = event;
  return { type, data, at, id, sequence, correlationid, depth } as { readonly type: string };
}

async function eventsOf(journal: VolatileJournal): Promise<readonly AnyEvent[]> {
  const events: AnyEvent[] = [];
  for await (const event of journal.read()) events.push(event);
  return events;
}

const standing = (snapshot: Standing | undefined) =>
  snapshot === undefined ? "over" : { value: snapshot.value, context: snapshot.context };

describe.each(Object.entries(models))("the host on every path of the machine: %s", (_, model) => {
  const paths = pathsOf(model.kind.machine, {
    input: model.kind.permanent?.input ?? model.kind.birth?.input(bornOf(model)),
    events: model.steps,
    seen: model.seen,
  });

  it("stands where the pure machine stands, live and after its journal was read again", async () => {
    let feasible = 0;
    let foretold = 0;
    for (const path of paths) {
      const running = await hostOf(model);
      const id = `${model.kind.name}/${model.name}`;
      const happened = await happens(running, model, path);
      const events = await eventsOf(running.journal);
      const { snapshot, heard } = pureOf(model, events);
      const expected = snapshot.status === "active" ? standing(snapshot) : "over";
      expect(standing(running.host.snapshot(id)), path.name).toEqual(expected);
      const again = await hostOf(model, running.journal, running.clock);
      expect(standing(again.host.snapshot(id)), `${path.name}, read again`).toEqual(expected);
      await Promise.all([running.host.stop(), again.host.stop()]);
      if (!happened) continue;
      feasible += 1;
      // Nothing but the path was heard: then it ends where the model says.
      if (heard.join() !== path.events.map(({ type }) => type).join()) continue;
      foretold += 1;
      expect(snapshot.value, path.name).toEqual(path.end);
    }
    expect(feasible).toBeGreaterThan(paths.length / 3);
    expect(foretold).toBeGreaterThan(0);
  });
});

function bornOf({ birth }: Model): AnyEvent {
  return { type: birth?.type, data: birth?.data, at: AT } as AnyEvent;
}
