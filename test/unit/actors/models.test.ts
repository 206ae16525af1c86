import { describe, expect, it } from "vitest";
import { createActor, initialTransition, transition } from "xstate";
import { ActorHost } from "../../../src/actors/host.ts";
import type { ActorKind } from "../../../src/actors/kind.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { EventType } from "../../../src/events/catalog.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { Output } from "../../../src/machines/output.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { type Path, pathsOf } from "../../support/machine-paths.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";
import { agentModel } from "./models/agent.ts";
import { approvalModel } from "./models/approval.ts";
import { breakerModel } from "./models/breaker.ts";
import { improvementModel } from "./models/improvement.ts";
import { incidentModel } from "./models/incident.ts";
import { AT, type Model, type Standing, type Step } from "./models/model.ts";
import { reactorModel } from "./models/reactor.ts";
import { order, remediationModel } from "./models/remediation.ts";
import { schedulerModel } from "./models/scheduler.ts";
import { supervisorModel } from "./models/supervisor.ts";

const outcomes = (each: boolean) => Array.from({ length: 60 }, () => each);

const models: Readonly<Record<string, Model>> = {
  agent: agentModel(),
  approval: approvalModel(),
  breaker: breakerModel(),
  "improvement that asks": improvementModel({ asks: true }),
  "improvement that is kept": improvementModel({ kind: "quarantine", past: outcomes(false) }),
  "improvement that is undone": improvementModel({ kind: "quarantine", past: outcomes(true) }),
  incident: incidentModel(),
  reactor: reactorModel(),
  "remediation that acts": remediationModel(order()),
  "remediation that asks": remediationModel(order({ needsApproval: true })),
  "remediation that rehearses": remediationModel(order({}, "rehearse")),
  scheduler: schedulerModel(),
  supervisor: supervisorModel(),
};

interface Running {
  readonly journal: VolatileJournal;
  readonly clock: VirtualClock;
  readonly bus: EventBus;
  readonly host: ActorHost;
}

/** What every fold remembered after an event, as it stands in a file. */
interface Checkpoint {
  readonly after: number;
  readonly folds: readonly unknown[];
}

function checkpointOf({ bus, journal }: Running): Checkpoint {
  const folds = bus.states.map((state) => JSON.parse(JSON.stringify(madeNow(state.snapshot()))) as unknown);
  return { after: journal.lastSequence, folds };
}

async function hostOf(
  { kind }: Model,
  journal = new VolatileJournal(),
  clock = new VirtualClock(AT),
  checkpoint?: Checkpoint,
): Promise<Running> {
  const bus = new EventBus({ clock, entropy: new SeededEntropy(journal.lastSequence + 1), log: silentLog });
  const host = new ActorHost({ bus, clock, hash: nodeHash, log: silentLog }, [kind], []);
  bus.fold((event) => host.hear(event), ...host.states);
  host.begin();
  for (const [index, state] of bus.states.entries())
    if (checkpoint !== undefined) state.restore(checkpoint.folds[index]);
  for await (const event of journal.read({ after: checkpoint?.after ?? 0 })) bus.replay(event);
  bus.attach(journal);
  await host.goLive();
  return { journal, clock, bus, host };
}

/** Lets a path happen to a running host. False where it cannot: a deadline of it is not armed there. */
async function happens(running: Running, model: Model, { events }: Path<Step>): Promise<boolean> {
  if (model.birth !== undefined) await running.bus.publish(model.birth as never);
  return goesOn(running, model, events);
}

async function goesOn({ bus, host, clock }: Running, { kind, name }: Model, events: readonly Step[]): Promise<boolean> {
  for (const { draft, type } of events) {
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
  return { snapshot: actor.getSnapshot(), heard, armed };
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
    from: standingAtBirth(model),
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
      const told = path.events.map(({ type }) => type);
      expect(missingIn(heard, path.over ? told.slice(0, -1) : told), `${path.name}: not heard`).toEqual([]);
      // Nothing but the path was heard: then it ends where the model says.
      if (heard.join() !== told.join()) continue;
      foretold += 1;
      expect(snapshot.value, path.name).toEqual(path.end);
    }
    expect(feasible).toBeGreaterThan(paths.length / 3);
    expect(foretold).toBeGreaterThan(0);
  });

  it.each(["journal", "checkpoint"] as const)(
    "stands there too where it is killed halfway and goes on from its %s, with the deadlines it had",
    async (from) => {
      let feasible = 0;
      for (const path of paths) {
        const whole = await hostOf(model);
        const could = await happens(whole, model, path);
        const { next, happened } = await interrupted(model, path, from);
        expect(happened, `${path.name}: a deadline was lost or came to be`).toBe(could);
        const { snapshot, armed } = pureOf(model, await eventsOf(next.journal));
        const id = `${model.kind.name}/${model.name}`;
        const expected = snapshot.status === "active" ? standing(snapshot) : "over";
        expect(standing(next.host.snapshot(id)), path.name).toEqual(expected);
        const deadlines = next.host.deadlines().map(({ name, dueAtMs }) => [name, dueAtMs] as const);
        expect(new Map(deadlines), path.name).toEqual(expected === "over" ? new Map() : armed);
        await Promise.all([whole.host.stop(), next.host.stop()]);
        if (happened) feasible += 1;
      }
      expect(feasible).toBeGreaterThan(paths.length / 3);
    },
  );
});

/** The same path on a host that is killed halfway, and on the one that is started after it. */
async function interrupted(model: Model, { events, ...path }: Path<Step>, from: "journal" | "checkpoint") {
  const half = Math.ceil(events.length / 2);
  const first = await hostOf(model);
  let happened = await happens(first, model, { ...path, events: events.slice(0, half - 1) });
  const checkpoint = checkpointOf(first);
  happened &&= await goesOn(first, model, events.slice(half - 1, half));
  await first.host.stop();
  const next = await hostOf(model, first.journal, first.clock, from === "checkpoint" ? checkpoint : undefined);
  happened &&= await goesOn(next, model, events.slice(half));
  return { next, happened };
}

/** What of `told` was not heard, in this order. */
function missingIn(heard: readonly string[], told: readonly string[]): readonly string[] {
  let from = 0;
  return told.filter((type) => {
    const at = heard.indexOf(type, from);
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

/** Where an actor stands once it is there and has heard what its birth says to it. */
function standingAtBirth(model: Model) {
  const { kind, hearsBirth } = model;
  const [born] = initialTransition(kind.machine, kind.permanent?.input ?? kind.birth?.input(bornOf(model)));
  return hearsBirth === undefined ? born : transition(kind.machine, born, hearsBirth)[0];
}

function bornOf({ birth }: Model): AnyEvent {
  return { type: birth?.type, data: birth?.data, at: AT } as AnyEvent;
}
