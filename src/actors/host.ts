import { type AnyActorRef, type AnyStateMachine, createActor } from "xstate";
import type { EventBus, Publishable } from "../events/bus.ts";
import { type EventType, isKnown } from "../events/catalog.ts";
import { type AnyEvent, type Cause, is } from "../events/envelope.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Effect, Output } from "../machines/output.ts";
import { Deadlines, type Due } from "./deadlines.ts";
import type { ActorKind, Perform, Reflex } from "./kind.ts";
import type { Tap } from "./tap.ts";

export interface HostDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly tap?: Tap;
}

/** A running actor. `id` is unique over restarts: the kind, a slash, and the name its birth gave it. */
interface Resident {
  readonly id: string;
  readonly kind: ActorKind;
  readonly actor: AnyActorRef;
}

interface Route {
  readonly kind: ActorKind;
  readonly names: (event: AnyEvent) => readonly string[] | "all";
}

interface Pending {
  readonly draft: Publishable;
  readonly actor: string;
  readonly sequence: number;
}

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
  readonly #kinds: readonly ActorKind[];
  readonly #routes = new Map<EventType, Route[]>();
  readonly #reflexes = new Map<EventType, Reflex[]>();
  readonly #births = new Map<EventType, ActorKind[]>();
  readonly #residents = new Map<string, Resident>();
  readonly #byKind = new Map<string, Set<string>>();
  readonly #deadlines: Deadlines;
  readonly #pending = new Map<string, Pending>();
  /** The newest event whose announcement by an actor is in the journal: whatever the actor wanted before is there too. */
  readonly #announcedUpTo = new Map<string, number>();
  #live = false;
  #acting = false;
  #stopped = false;
  readonly #underWay = new Set<Promise<void>>();

  constructor(deps: HostDeps, kinds: readonly ActorKind[], reflexes: readonly Reflex[]) {
    this.#deps = deps;
    this.#kinds = kinds;
    this.#deadlines = new Deadlines(deps.clock, (due, cause) => this.#fire(due, cause));
    for (const kind of kinds) this.#learn(kind);
    for (const reflex of reflexes) {
      for (const type of reflex.listens) this.#reflexes.set(type, [...(this.#reflexes.get(type) ?? []), reflex]);
    }
  }

  /** Creates the actors that exist from the start. Call once, before the first event. */
  begin(): void {
    for (const kind of this.#kinds) {
      if (kind.permanent !== undefined) this.#spawn(kind, kind.permanent.id, kind.permanent.input, undefined);
    }
  }

  /** Tells an event to everybody it concerns, in the order the kinds were given; reflexes hear it last. */
  hear(event: AnyEvent): void {
    if (!this.#live) this.#settlePending(event);
    else if (is(event, "engine.started")) this.#acting = true;
    if (!isKnown(event.type)) return;
    if (is(event, "deadline.fired")) this.#hearDeadline(event);
    for (const kind of this.#births.get(event.type) ?? []) {
      const name = kind.birth?.id(event);
      if (name !== undefined && !this.#residents.has(`${kind.name}/${name}`))
        this.#spawn(kind, name, kind.birth?.input(event), event);
    }
    for (const { kind, names } of this.#routes.get(event.type) ?? []) {
      const wanted = names(event);
      for (const name of wanted === "all" ? [...(this.#byKind.get(kind.name) ?? [])] : wanted)
        this.#send(`${kind.name}/${name}`, event);
    }
    for (const reflex of this.#reflexes.get(event.type) ?? []) this.#reflect(reflex, event);
  }

  /** Ends the replay: journals what was announced but not written before a crash, and arms the deadlines. */
  async goLive(): Promise<void> {
    const lost = [...this.#pending].filter(
      ([, { actor, sequence }]) => sequence > (this.#announcedUpTo.get(actor) ?? 0),
    );
    this.#pending.clear();
    this.#live = true;
    for (const [, { draft }] of lost) await this.#publish(draft);
    this.#deadlines.goLive();
  }

  /** No more deadlines, effects or announcements. Resolves when what was under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#deadlines.stop();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    for (const { actor } of this.#residents.values()) actor.stop();
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
    return [...this.#residents.values()].map(({ id, kind, actor }) => ({
      id,
      kind: kind.name,
      machine: kind.machine,
      actor,
    }));
  }

  deadlines(): readonly Due[] {
    return this.#deadlines.list();
  }

  #learn(kind: ActorKind): void {
    this.#byKind.set(kind.name, new Set());
    if (kind.birth !== undefined) this.#births.set(kind.birth.on, [...(this.#births.get(kind.birth.on) ?? []), kind]);
    for (const [type, names] of Object.entries(kind.routes)) {
      if (!isKnown(type) || names === undefined) continue;
      const route: Route = { kind, names: names as Route["names"] };
      this.#routes.set(type, [...(this.#routes.get(type) ?? []), route]);
    }
  }

  #spawn(kind: ActorKind, name: string, input: unknown, birth: AnyEvent | undefined): void {
    const id = `${kind.name}/${name}`;
    const actor = createActor(kind.machine, { id, input });
    this.#residents.set(id, { id, kind, actor });
    this.#byKind.get(kind.name)?.add(name);
    const outputs: Output[] = [];
    const listening = actor.on("*", (output: unknown) => outputs.push(output as Output));
    actor.start();
    listening.unsubscribe();
    this.#deps.tap?.born(id, kind.machine, actor, birth?.at);
    this.#handle(id, outputs, birth, kind.perform);
    this.#retireWhenDone(id, name, kind, actor);
  }

  #send(id: string, event: AnyEvent): void {
    const resident = this.#residents.get(id);
    if (resident === undefined) return;
    const { type, data, at, id: eventId, sequence, correlationid, depth } = event;
    const { hears } = resident.kind;
    const heard = hears ? hears(event) : { type, data, at, id: eventId, sequence, correlationid, depth };
    if (heard !== undefined) this.#deliver(resident, heard, event);
  }

  #deliver(
    resident: Resident,
    heard: { readonly type: string; readonly at: number } & Partial<AnyEvent>,
    cause: AnyEvent,
  ): void {
    const { id, kind, actor } = resident;
    const outputs: Output[] = [];
    const listening = actor.on("*", (output: unknown) => outputs.push(output as Output));
    actor.send(kind.facts === undefined ? heard : { ...heard, facts: kind.facts(cause) });
    listening.unsubscribe();
    this.#deps.tap?.moved(id, heard, actor);
    this.#handle(id, outputs, cause, kind.perform);
    this.#retireWhenDone(id, id.slice(kind.name.length + 1), kind, actor);
  }

  /** A machine that reached its end, or failed, is no longer kept. */
  #retireWhenDone(id: string, name: string, kind: ActorKind, actor: AnyActorRef): void {
    const { status, error } = actor.getSnapshot() as { readonly status: string; readonly error?: unknown };
    if (status === "active") return;
    if (status === "error") this.#deps.log.error("an actor failed", { actor: id, failure: messageOf(error) });
    this.#residents.delete(id);
    this.#byKind.get(kind.name)?.delete(name);
    this.#deadlines.dropAll(id);
    this.#deps.tap?.gone(id);
  }

  #reflect(reflex: Reflex, event: AnyEvent): void {
    this.#handle(`reflex/${reflex.name}`, reflex.hear(event), event, reflex.perform);
  }

  #handle(id: string, outputs: readonly Output[], cause: AnyEvent | undefined, perform: Perform | undefined): void {
    for (const [index, output] of outputs.entries()) {
      switch (output.type) {
        case "deadline":
          this.#deadlines.want({ actor: id, name: output.name, dueAtMs: output.atMs }, output.cause ?? cause);
          break;
        case "drop_deadline":
          this.#deadlines.drop(id, output.name);
          break;
        case "announce":
          this.#announce(id, output, index, cause);
          break;
        case "effect":
          this.#perform(output, cause, perform);
          break;
      }
    }
  }

  #announce(
    id: string,
    output: Extract<Output, { type: "announce" }>,
    index: number,
    cause: AnyEvent | undefined,
  ): void {
    const key = output.key === undefined ? `${id}#${cause?.sequence ?? 0}#${index}` : `${output.event}:${output.key}`;
    const from = output.cause ?? cause;
    const draft = {
      type: output.event,
      data: output.data,
      idempotencykey: key,
      ...(output.subject === undefined ? {} : { subject: output.subject }),
      ...(output.severity === undefined ? {} : { severity: output.severity }),
      ...(from === undefined ? {} : { cause: from }),
    } as Publishable;
    if (this.#live) this.#track(this.#publish(draft));
    else this.#pending.set(key, { draft, actor: id, sequence: cause?.sequence ?? 0 });
  }

  #settlePending(event: AnyEvent): void {
    if (event.idempotencykey === undefined) return;
    const pending = this.#pending.get(event.idempotencykey);
    if (pending === undefined) return;
    this.#pending.delete(event.idempotencykey);
    this.#announcedUpTo.set(pending.actor, pending.sequence);
  }

  #perform(effect: Effect, cause: AnyEvent | undefined, perform: Perform | undefined): void {
    if (!this.#acting || this.#stopped || cause === undefined || perform === undefined) return;
    this.#track(
      perform(effect, effect.cause ?? cause).catch((failure: unknown) => {
        this.#deps.log.error("an effect failed", { effect: effect.name, key: effect.key, failure: messageOf(failure) });
      }),
    );
  }

  #fire(due: Due, cause: Cause | undefined): void {
    const key = `deadline:${due.actor}:${due.name}:${due.dueAtMs}`;
    const from = cause === undefined ? {} : { cause };
    this.#track(this.#publish({ type: "deadline.fired", data: due, subject: due.actor, idempotencykey: key, ...from }));
  }

  #hearDeadline(event: Extract<AnyEvent, { type: "deadline.fired" }>): void {
    const { actor, name, dueAtMs } = (event as { readonly data: Due }).data;
    if (!this.#deadlines.take({ actor, name, dueAtMs })) return;
    const resident = this.#residents.get(actor);
    if (resident !== undefined) this.#deliver(resident, { type: `DEADLINE.${name}`, at: event.at }, event);
  }

  /** Journals what an actor has already concluded; while the journal cannot be written it tries again, never forgets. */
  async #publish(draft: Publishable): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#deps.bus.publish(draft);
        return;
      } catch (failure) {
        if (this.#stopped) return;
        this.#deps.log.warn("an announcement waits for the journal", {
          type: draft.type,
          attempt,
          failure: messageOf(failure),
        });
        await pause(this.#deps.clock, Math.min(250 * attempt, 5000));
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }
}
