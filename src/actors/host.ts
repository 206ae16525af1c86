import { type AnyActorRef, type AnyStateMachine, createActor } from "xstate";
import type { EventBus } from "../events/bus.ts";
import { isKnown } from "../events/catalog.ts";
import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import type { Checkpointed } from "../kernel/checkpointed.ts";
import type { Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import type { Output } from "../machines/output.ts";
import { ActorsSnapshot, type Unfit } from "./actors-snapshot.ts";
import { Announcements } from "./announcements.ts";
import { Deadlines, type Due } from "./deadlines.ts";
import { Effects } from "./effects.ts";
import { guardedTap } from "./guarded-tap.ts";
import type { ActorKind, Perform, Reflex } from "./kind.ts";
import { actorId, type Resident, Residents } from "./residents.ts";
import { Routing } from "./routing.ts";
import { collectOutputs } from "./step.ts";
import type { Tap } from "./tap.ts";
import { UnderWay } from "./under-way.ts";

export interface HostDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly hash: Hash;
  readonly tap?: Tap;
}

/** What a machine is sent. */
type Heard = { readonly type: string; readonly at: number } & Partial<AnyEvent>;

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
 */
export class ActorHost {
  readonly #deps: HostDeps;
  readonly #tap: Tap | undefined;
  readonly #kinds: readonly ActorKind[];
  readonly #routing: Routing;
  readonly #residents = new Residents();
  readonly #underWay = new UnderWay();
  readonly #deadlines: Deadlines;
  readonly #announcements: Announcements;
  readonly #effects: Effects;
  readonly #saved: ActorsSnapshot;
  readonly #reflexes: readonly Reflex[];
  #live = false;

  constructor(deps: HostDeps, kinds: readonly ActorKind[], reflexes: readonly Reflex[]) {
    this.#deps = deps;
    this.#tap = deps.tap && guardedTap(deps.tap, deps.log);
    this.#kinds = kinds;
    this.#routing = new Routing(kinds, reflexes);
    this.#deadlines = new Deadlines({ ...deps, fire: (due, cause) => this.#fire(due, cause) });
    this.#announcements = new Announcements({ ...deps, underWay: this.#underWay });
    this.#saved = new ActorsSnapshot(this.#residents, kinds, { hash: deps.hash, tap: this.#tap });
    this.#reflexes = reflexes;
    this.#effects = new Effects({ log: deps.log, underWay: this.#underWay });
  }

  /** What the host and its reflexes remember of the events, in the order in which it has to be restored. */
  get states(): readonly Checkpointed[] {
    const reflexes = this.#reflexes.flatMap(({ state }) => (state === "none" ? [] : [state]));
    return [this.#saved, this.#deadlines, this.#announcements, ...reflexes];
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
    this.#announcements.recognise(event);
    if (this.#live && is(event, "engine.started")) this.#effects.start();
    if (!isKnown(event.type)) return;
    if (is(event, "deadline.fired")) this.#hearDeadline(event);
    for (const kind of this.#routing.birthsBy(event.type)) {
      const name = kind.birth?.id(event);
      if (name !== undefined && !this.#isKnown(actorId(kind, name)))
        this.#spawn(kind, name, kind.birth?.input(event), event);
    }
    for (const { kind, names } of this.#routing.routesOf(event.type)) {
      const wanted = names(event);
      for (const name of wanted === "all" ? this.#residents.namesOf(kind) : wanted)
        this.#send(actorId(kind, name), event);
    }
    for (const reflex of this.#routing.reflexesTo(event.type))
      this.#carryOut(`reflex/${reflex.name}`, reflex.hear(event), event, reflex.perform);
  }

  /** Ends the replay: journals what was announced but not written before a crash, and arms the deadlines. */
  async goLive(): Promise<void> {
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
    for (const { actor } of this.#residents.all()) actor.stop();
  }

  /** The actor's snapshot, or `undefined` when there is none of that name. */
  snapshot<M extends AnyStateMachine>(id: string): ReturnType<M["transition"]> | undefined {
    return this.#residents.get(id)?.actor.getSnapshot() as ReturnType<M["transition"]> | undefined;
  }

  list(): readonly {
    readonly id: string;
    readonly kind: string;
    readonly machine: AnyStateMachine;
    readonly actor: AnyActorRef;
  }[] {
    return this.#residents.all().map(({ id, kind, actor }) => ({ id, kind: kind.name, machine: kind.machine, actor }));
  }

  deadlines(): readonly Due[] {
    return this.#deadlines.wanted().map(({ due }) => due);
  }

  #spawn(kind: ActorKind, name: string, input: unknown, birth: AnyEvent | undefined): void {
    const id = actorId(kind, name);
    const actor = createActor(kind.machine, { id, input });
    const resident: Resident = { id, name, kind, actor };
    this.#residents.add(resident);
    const outputs = collectOutputs(actor, () => actor.start());
    this.#tap?.born(id, kind.machine, actor, birth?.at);
    this.#carryOut(id, outputs, birth, kind.perform);
    this.#retireWhenDone(resident);
  }

  #isKnown(id: string): boolean {
    return this.#residents.has(id) || this.#saved.isUnfit(id);
  }

  #send(id: string, event: AnyEvent): void {
    const resident = this.#residents.get(id);
    if (resident === undefined) return;
    const { type, data, at, id: eventId, sequence, correlationid, depth } = event;
    const { hears } = resident.kind;
    const heard = hears ? hears(event) : { type, data, at, id: eventId, sequence, correlationid, depth };
    if (heard !== undefined) this.#deliver(resident, heard, event);
  }

  #hearDeadline(event: Extract<AnyEvent, { type: "deadline.fired" }>): void {
    const { actor, name, dueAtMs } = (event as { readonly data: Due }).data;
    // Of an actor that does not run it stays wanted: whoever takes it up again has not had it.
    if (this.#saved.isUnfit(actor) || !this.#deadlines.take({ actor, name, dueAtMs })) return;
    const resident = this.#residents.get(actor);
    if (resident !== undefined) this.#deliver(resident, { type: `DEADLINE.${name}`, at: event.at }, event);
  }

  #deliver(resident: Resident, heard: Heard, cause: AnyEvent): void {
    const { id, kind, actor } = resident;
    const told = kind.facts === undefined ? heard : { ...heard, facts: kind.facts(cause) };
    const outputs = collectOutputs(actor, () => actor.send(told));
    this.#tap?.moved(id, heard, actor);
    this.#carryOut(id, outputs, cause, kind.perform);
    this.#retireWhenDone(resident);
  }

  /** A machine that reached its end, or failed, is no longer kept. */
  #retireWhenDone(resident: Resident): void {
    const { id, actor } = resident;
    const { status, error } = actor.getSnapshot() as { readonly status: string; readonly error?: unknown };
    if (status === "active") return;
    if (status === "error") this.#deps.log.error("an actor failed", { actor: id, failure: messageOf(error) });
    this.#residents.remove(resident);
    this.#deadlines.dropAll(id);
    this.#tap?.gone(id);
  }

  #carryOut(id: string, outputs: readonly Output[], cause: AnyEvent | undefined, perform: Perform | undefined): void {
    for (const [index, output] of outputs.entries()) {
      switch (output.type) {
        case "deadline":
          this.#deadlines.want({ actor: id, name: output.name, dueAtMs: output.atMs }, output.cause ?? cause);
          break;
        case "drop_deadline":
          this.#deadlines.drop(id, output.name);
          break;
        case "announce":
          this.#announcements.announce(id, output, index, cause);
          break;
        case "effect":
          this.#effects.perform(output, cause, perform);
          break;
      }
    }
  }

  #fire(due: Due, cause: Cause | undefined): void {
    const key = `deadline:${due.actor}:${due.name}:${due.dueAtMs}`;
    const from = cause === undefined ? {} : { cause };
    this.#announcements.publish({
      type: "deadline.fired",
      data: due,
      subject: due.actor,
      idempotencykey: key,
      ...from,
    });
  }
}
