import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { EventBus, Publishable } from "../events/bus.ts";
import { isKnown } from "../events/catalog.ts";
import { type AnyEvent, type EventOf, is } from "../events/envelope.ts";
import type { Checkpointed } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import type { Watch } from "../kernel/watch.ts";
import { ActorsSnapshot, type Unfit } from "./actors-snapshot.ts";
import { Announcements } from "./announcements.ts";
import { Consequences } from "./consequences.ts";
import { Deadlines, type Due } from "./deadlines.ts";
import { Effects } from "./effects.ts";
import { FailureReports, overdueEvent } from "./failure-reports.ts";
import { guardedTap } from "./guarded-tap.ts";
import type { Heard } from "./heard.ts";
import type { ActorKind, Reflex } from "./kind.ts";
import { QuarantineSnapshot } from "./quarantine-snapshot.ts";
import { actorId, type Delivery, MOST_KEPT, type Resident, Residents } from "./residents.ts";
import { Routing } from "./routing.ts";
import { Skips } from "./skips.ts";
import { begin, type Mishap, type Step, tell } from "./step.ts";
import type { Tap } from "./tap.ts";
import { UnderWay } from "./under-way.ts";

export interface HostDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly hash: Hash;
  readonly tap?: Tap;
  /** After how long an effect that has not ended is reported, unless its kind says otherwise: 15 minutes unless told. */
  readonly effectMs?: number;
  /** Told of every step before it is taken. */
  readonly watch?: Watch | undefined;
}

const EFFECT_MS = 900_000;

/**
 * Runs the machines on the journal.
 *
 * Invariants:
 *  1. An actor's state is a function of the journaled events that reached it; nothing else is ever sent to it.
 *  2. What an actor announces carries a key derived from the event that led to it, so it is journaled once, also over a crash.
 *  3. During replay no deadline is armed and no effect performed. Effects begin with the event that says that an engine
 *     has started: whatever was under way before is known to be interrupted by then, so nothing is done twice at once.
 *  4. A deadline fires as a journaled event; a stale one changes nothing.
 *  5. What follows from a deadline follows from the event that asked for it: causation is not lost by waiting.
 *  6. An actor that fails takes nobody along. It is quarantined with what it failed at and all that concerns it since,
 *     until `actor.restarted` takes it up from the value before; only events skipped by name are never told to it.
 */
export class ActorHost {
  /** What is never told again, and to whom. */
  readonly skips = new Skips();
  readonly #deps: HostDeps;
  readonly #tap: Tap | undefined;
  readonly #kinds: readonly ActorKind[];
  readonly #routing: Routing;
  readonly #residents = new Residents();
  readonly #underWay = new UnderWay();
  readonly #deadlines: Deadlines;
  readonly #announcements: Announcements;
  readonly #effects: Effects;
  readonly #consequences: Consequences;
  readonly #saved: ActorsSnapshot;
  readonly #quarantined: QuarantineSnapshot;
  readonly #reflexes: readonly Reflex[];
  readonly #reports: FailureReports;
  #live = false;
  /** Sequence of the event that is being heard. */
  #hearing = 0;

  constructor(deps: HostDeps, kinds: readonly ActorKind[], reflexes: readonly Reflex[]) {
    this.#deps = deps;
    this.#tap = deps.tap && guardedTap(deps.tap, deps.log);
    this.#kinds = kinds;
    this.#routing = new Routing(kinds, reflexes);
    this.#deadlines = new Deadlines({ ...deps, fire: (due, cause) => this.#consequences.fire(due, cause) });
    this.#announcements = new Announcements({ ...deps, underWay: this.#underWay });
    this.#saved = new ActorsSnapshot(this.#residents, kinds, { hash: deps.hash, tap: this.#tap });
    this.#quarantined = new QuarantineSnapshot(this.#residents, this.skips, {
      kinds,
      tap: this.#tap,
      saved: this.#saved,
    });
    this.#reflexes = reflexes;
    this.#reports = new FailureReports(deps.log, this.#announcements);
    this.#effects = new Effects({
      ...deps,
      underWay: this.#underWay,
      limitMs: deps.effectMs ?? EFFECT_MS,
      overdue: (late) => void this.#announcements.publish(overdueEvent(late)),
    });
    this.#consequences = new Consequences({
      deadlines: this.#deadlines,
      announcements: this.#announcements,
      effects: this.#effects,
    });
  }

  /** The kinds of actors that it runs. */
  get kinds(): readonly ActorKind[] {
    return this.#kinds;
  }

  /** What the host and its reflexes remember of the events, in the order in which it has to be restored. */
  get states(): readonly Checkpointed[] {
    const reflexes = this.#reflexes.flatMap(({ state }) => (state === "none" ? [] : [state]));
    return [this.#saved, this.#quarantined, this.#deadlines, this.#announcements, ...reflexes];
  }

  /** Actors of the checkpoint that this build cannot go on from: they do not run. */
  get unfit(): readonly Unfit[] {
    return this.#saved.unfit;
  }

  /** Creates the actors that exist from the start. Call once, before the first event. */
  begin(): void {
    for (const kind of this.#kinds) {
      if (kind.permanent !== undefined) this.#spawn(kind, kind.permanent.id, kind.permanent.input, undefined);
    }
  }

  /** Tells an event to everybody it concerns, in the order the kinds were given; reflexes hear it last. */
  hear(event: AnyEvent): void {
    if (this.#saved.owes) this.#catchUp();
    this.#hearing = event.sequence;
    this.#announcements.recognise(event);
    if (this.#live && is(event, "engine.started")) this.#effects.start();
    if (!isKnown(event.type)) return;
    if (is(event, "deadline.fired")) this.#hearDeadline(event);
    if (is(event, "actor.event_skipped")) this.skips.add(event.data.actor, event.data.eventSequence);
    if (is(event, "actor.restarted")) this.#takeUp(event);
    for (const kind of this.#routing.birthsBy(event.type))
      this.#reports.guard(kind.name, event, () => this.#bear(kind, event));
    for (const { kind, names } of this.#routing.routesOf(event.type)) {
      this.#reports.guard(kind.name, event, () => {
        const wanted = names(event);
        for (const name of wanted === "all" ? this.#everybodyOf(kind) : wanted)
          this.#deliver(actorId(kind, name), { event, as: "event" });
      });
    }
    for (const reflex of this.#routing.reflexesTo(event.type)) {
      const id = `reflex/${reflex.name}`;
      if (this.skips.has(id, event.sequence)) continue;
      this.#deps.watch?.entering(id, event.sequence, event.type);
      this.#reports.guard(id, event, () => this.#consequences.carryOut(id, reflex.hear(event), event, reflex));
      this.#deps.watch?.leaving();
    }
  }

  /** Ends the replay: journals what was announced but not written before a crash, and arms the deadlines. */
  async goLive(): Promise<void> {
    this.#catchUp();
    this.#live = true;
    await this.#announcements.goLive();
    this.#deadlines.goLive();
  }

  /** No more deadlines, effects or announcements. Resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#announcements.stop();
    this.#effects.stop();
    this.#deadlines.stop();
    await this.#underWay.ended();
  }

  /** The actor's snapshot, of a quarantined one the last good value; `undefined` when there is none of that name. */
  snapshot<M extends AnyStateMachine>(id: string): ReturnType<M["transition"]> | undefined {
    return this.#residents.get(id)?.snapshot as ReturnType<M["transition"]> | undefined;
  }

  list(): readonly {
    readonly id: string;
    readonly kind: string;
    readonly machine: AnyStateMachine;
    /** Absent of one that failed at its birth. */
    readonly snapshot: AnyMachineSnapshot | undefined;
  }[] {
    return this.#residents
      .all()
      .map(({ id, kind, snapshot }) => ({ id, kind: kind.name, machine: kind.machine, snapshot }));
  }

  deadlines(): readonly Due[] {
    return this.#deadlines.wanted().map(({ due }) => due);
  }

  /** The actor as it is kept, for whoever restarts it; what waits for it is not to be changed. */
  resident(id: string): Readonly<Resident> | undefined {
    return this.#residents.get(id);
  }

  /** Replaces the value from which a quarantined actor is taken up, by one that was folded anew from the same events. */
  refound(id: string, before: AnyMachineSnapshot): void {
    const resident = this.#residents.get(id);
    if (resident?.held !== undefined) resident.snapshot = before;
  }

  /** Journals what is so; never forgotten while the engine runs. */
  publish(draft: Publishable): Promise<void> {
    return this.#announcements.publish(draft);
  }

  #bear(kind: ActorKind, event: AnyEvent): void {
    const name = kind.birth?.id(event);
    if (name === undefined || this.#saved.isUnfit(actorId(kind, name))) return;
    if (!this.#residents.has(actorId(kind, name))) this.#spawn(kind, name, kind.birth?.input(event), event);
  }

  #spawn(kind: ActorKind, name: string, input: unknown, birth: AnyEvent | undefined): void {
    const id = actorId(kind, name);
    if (birth !== undefined && this.skips.has(id, birth.sequence)) return;
    const resident = this.#residents.unborn(kind, name, birth?.sequence);
    this.#residents.add(resident);
    this.#start(resident, input, birth);
  }

  #start(resident: Resident, input: unknown, birth: AnyEvent | undefined): void {
    this.#deps.watch?.entering(resident.id, birth?.sequence ?? 0, birth?.type ?? "birth");
    const step = begin(resident, input);
    this.#deps.watch?.leaving();
    // One that exists from the start fails at no event: without it there is no engine.
    if (step.kind === "failed" && birth === undefined) throw new Error(`${resident.id}: ${step.mishap.message}`);
    this.#after(resident, birth && { event: birth, as: "birth" }, step);
  }

  #hearDeadline(event: EventOf<"deadline.fired">): void {
    const { actor, name, dueAtMs } = event.data;
    const delivery: Delivery = { event: event as AnyEvent, as: { deadline: name } };
    // Of an actor that does not run it stays wanted: what it hears before it may drop it.
    if (this.#saved.isUnfit(actor)) this.#saved.miss(actor, [delivery]);
    else if (this.#deadlines.take({ actor, name, dueAtMs })) this.#deliver(actor, delivery);
  }

  /** Tells actors that run again what concerned them while they did not: before anything new, as in a replay. */
  #catchUp(): void {
    for (const [id, waiting] of this.#saved.takeOwed())
      for (const delivery of waiting)
        if (is(delivery.event, "deadline.fired") && typeof delivery.as === "object") this.#hearDeadline(delivery.event);
        else this.#deliver(id, delivery);
  }

  #everybodyOf(kind: ActorKind): readonly string[] {
    return [...this.#residents.namesOf(kind), ...this.#saved.unfitOf(kind)];
  }

  #deliver(id: string, delivery: Delivery): void {
    const resident = this.#residents.get(id);
    if (resident === undefined) {
      this.#saved.miss(id, [delivery]);
      return;
    }
    if (this.skips.has(id, delivery.event.sequence)) return;
    if (resident.held !== undefined) {
      if (resident.held.waiting.length < MOST_KEPT) resident.held.waiting.push(delivery);
      else resident.held.lost += 1;
      return;
    }
    const { watch } = this.#deps;
    watch?.entering(resident.id, delivery.event.sequence, delivery.event.type);
    const told = tell(resident, delivery);
    watch?.leaving();
    if (told !== undefined) this.#after(resident, delivery, told.step, told.heard);
  }

  #after(resident: Resident, delivery: Delivery | undefined, step: Step, heard?: Heard): void {
    const { id, kind, snapshot } = resident;
    if (step.kind === "failed") {
      if (delivery !== undefined) this.#quarantine(resident, delivery, step.mishap);
      return;
    }
    if (snapshot === undefined) return;
    if (heard === undefined) this.#tap?.born(id, kind.machine, snapshot, delivery?.event.at);
    else this.#tap?.moved(id, heard, snapshot);
    this.#consequences.carryOut(id, step.outputs, delivery?.event, kind);
    if (snapshot.status === "done") this.#retire(resident);
  }

  /** A machine that reached its end is no longer kept. */
  #retire(resident: Resident): void {
    this.#residents.remove(resident);
    this.#deadlines.dropAll(resident.id);
    this.#tap?.gone(resident.id);
  }

  #quarantine(resident: Resident, delivery: Delivery, { reason, message }: Mishap): void {
    const { id, kind } = resident;
    const { event } = delivery;
    if (kind.supervised === false && resident.snapshot !== undefined) {
      // Nobody looks after those who look after the others: it goes on at once, without the event.
      this.skips.add(id, event.sequence);
    } else {
      resident.held = { waiting: [delivery], message, sinceMs: event.at, lost: 0 };
      this.#tap?.held(id, message);
    }
    this.#reports.failed(resident, event, { reason, message }, this.#hearing);
  }

  #takeUp({ data, at }: EventOf<"actor.restarted">): void {
    const resident = this.#residents.get(data.actor);
    const held = resident?.held;
    if (resident === undefined || held === undefined) return;
    resident.held = undefined;
    const { kind, snapshot } = resident;
    const [first, ...others] = held.waiting;
    if (snapshot !== undefined) this.#tap?.born(resident.id, kind.machine, snapshot, at);
    else if (first !== undefined && this.skips.has(resident.id, first.event.sequence)) this.#retire(resident);
    else this.#start(resident, first && kind.birth?.input(first.event), first?.event);
    if (held.lost > 0) this.#deps.log.error("a quarantined actor lost events", { actor: data.actor, lost: held.lost });
    for (const delivery of snapshot === undefined ? others : held.waiting) this.#deliver(data.actor, delivery);
  }
}
