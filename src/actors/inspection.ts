import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import { type Json, toJson } from "../kernel/json.ts";
import type { Log } from "../kernel/log.ts";
import { groupsOf, objectOf, row } from "../kernel/shape.ts";
import type { Due } from "./deadlines.ts";
import { definitionOf } from "./machine-definition.ts";
import { shownContext, shownEvent } from "./redaction.ts";
import { Ring } from "./ring.ts";
import type { Tap } from "./tap.ts";

export interface InspectionDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** The deadlines that are wanted now. */
  readonly deadlines: () => readonly Due[];
  /** How long moves are gathered before they are told: 80 ms unless told. */
  readonly flushMs?: number;
  /** Moves that are kept between two tellings; older ones are lost and counted. */
  readonly capacity?: number;
}

/** A running machine, redacted. */
export interface Machine {
  /** The actor's id, the same over restarts. */
  readonly id: string;
  readonly machine: string;
  readonly state: Json;
  readonly context: Json;
  readonly deadlines: { readonly name: string; readonly atMs: number }[];
  readonly sinceMs: number;
  /** Type of the newest event it heard. */
  readonly lastEvent?: string;
  /** Why it is quarantined; it stands at its last good value and waits for its restart. */
  readonly quarantined?: string;
}

/** One message of the Stately inspection protocol, or `@aios.dropped` with how many moves nobody will be told. */
export type InspectionMessage = Readonly<Record<string, Json>> & { readonly type: string };

export interface Inspection extends Tap, Checkpointed {
  list(): readonly Machine[];
  /**
   * First tells what runs, then what happens to it; no ids means all, of which only the newest snapshot is told per
   * flush. Actors asked for by id are told in full. An actor's definition always comes before anything else of it.
   */
  watch(ids: readonly string[], tell: (message: InspectionMessage) => void): Disposable;
}

/** Version of `@statelyai/inspect` whose protocol this is; its receivers ask for one. */
const PROTOCOL_VERSION = "0.7.2";
const FLUSH_MS = 80;
const CAPACITY = 8192;

interface Resident {
  readonly id: string;
  readonly machine: AnyStateMachine;
  snapshot: AnyMachineSnapshot;
  sinceMs: number;
  lastEvent: string | undefined;
  held?: string;
}

/** References only: whatever is costly happens when it is told. */
interface Move {
  readonly resident: Resident;
  readonly event: { readonly type: string } | undefined;
  readonly snapshot: AnyMachineSnapshot;
}

interface Watcher {
  readonly ids: ReadonlySet<string>;
  readonly tell: (message: InspectionMessage) => void;
  readonly introduced: Set<string>;
}

/** Watches a host's actors for onlookers. While nobody looks it only remembers, per actor, the newest snapshot and event name. */
export function createInspection(deps: InspectionDeps): Inspection {
  return new TappedInspection(deps);
}

const saved = objectOf({
  seen: groupsOf(row<{ readonly id: string; readonly sinceMs: number; readonly last?: string }>()),
});

class TappedInspection implements Inspection {
  readonly name = "inspection";
  readonly version = 1;
  readonly #deps: InspectionDeps;
  readonly #residents = new Map<string, Resident>();
  readonly #watchers = new Set<Watcher>();
  readonly #moves: Ring<Move>;
  #armed: Cancel | undefined;
  #complained = false;

  constructor(deps: InspectionDeps) {
    this.#deps = deps;
    this.#moves = new Ring(deps.capacity ?? CAPACITY);
  }

  snapshot(): Snapshot {
    const seen = [...this.#residents.values()].map(({ id, sinceMs, lastEvent }) => ({ id, sinceMs, last: lastEvent }));
    return { seen: inGroups(seen) };
  }

  /** Since when the actors are where they are; the actors themselves are the host's. */
  restore(value: unknown): void {
    for (const { id, sinceMs, last } of saved(value, this.name).seen) {
      const resident = this.#residents.get(id);
      if (resident === undefined) continue;
      resident.sinceMs = sinceMs;
      resident.lastEvent = last;
    }
  }

  born(id: string, machine: AnyStateMachine, snapshot: AnyMachineSnapshot, atMs?: number): void {
    this.#guarded(() => {
      const sinceMs = atMs ?? this.#deps.clock.now();
      const resident: Resident = { id, machine, snapshot, sinceMs, lastEvent: undefined };
      this.#residents.set(id, resident);
      if (this.#watchers.size > 0) this.#keep({ resident, event: undefined, snapshot });
    });
  }

  moved(id: string, event: { readonly type: string; readonly at?: number }, snapshot: AnyMachineSnapshot): void {
    // No closure: this runs for every event of every actor.
    try {
      const resident = this.#residents.get(id);
      if (resident === undefined) return;
      if (!sameState(snapshot.value, resident.snapshot.value)) resident.sinceMs = event.at ?? this.#deps.clock.now();
      resident.snapshot = snapshot;
      resident.lastEvent = event.type;
      if (this.#watchers.size > 0) this.#keep({ resident, event, snapshot });
    } catch (failure) {
      this.#complain(failure);
    }
  }

  gone(id: string): void {
    this.#residents.delete(id);
  }

  held(id: string, why: string): void {
    const resident = this.#residents.get(id);
    if (resident !== undefined) resident.held = why;
  }

  list(): readonly Machine[] {
    const deadlines = new Map<string, { name: string; atMs: number }[]>();
    for (const { actor, name, dueAtMs } of this.#deps.deadlines()) {
      const mine = deadlines.get(actor) ?? [];
      mine.push({ name, atMs: dueAtMs });
      deadlines.set(actor, mine);
    }
    return [...this.#residents.values()].map(({ id, machine, snapshot, sinceMs, lastEvent, held }) => ({
      id,
      machine: machine.id,
      state: toJson(snapshot.value) ?? null,
      context: shownContext(machine.id, snapshot.context),
      deadlines: deadlines.get(id) ?? [],
      sinceMs,
      ...(lastEvent === undefined ? {} : { lastEvent }),
      ...(held === undefined ? {} : { quarantined: held }),
    }));
  }

  watch(ids: readonly string[], tell: (message: InspectionMessage) => void): Disposable {
    // What others have waited for happened before this one came, and stands in the snapshots it is told first.
    if (this.#watchers.size > 0) this.#flush();
    const watcher: Watcher = { ids: new Set(ids), tell, introduced: new Set() };
    this.#watchers.add(watcher);
    for (const resident of this.#residents.values()) {
      if (!concerns(watcher, resident)) continue;
      this.#introduce(watcher, resident);
      this.#say(watcher, () => this.#snapshotMessage(resident, undefined, resident.snapshot));
    }
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(watcher);
        if (this.#watchers.size > 0) return;
        this.#armed?.();
        this.#armed = undefined;
        this.#moves.drain();
      },
    };
  }

  #keep(move: Move): void {
    this.#moves.push(move);
    this.#armed ??= this.#deps.clock.at(this.#deps.clock.now() + (this.#deps.flushMs ?? FLUSH_MS), () => this.#flush());
  }

  #flush(): void {
    this.#armed?.();
    this.#armed = undefined;
    const { items, lost } = this.#moves.drain();
    const newest = new Map<Resident, Move>();
    for (const move of items) newest.set(move.resident, move);
    for (const watcher of this.#watchers) {
      if (lost > 0) this.#say(watcher, () => ({ type: "@aios.dropped", count: lost }));
      for (const move of items) if (concerns(watcher, move.resident)) this.#tellMove(watcher, move, newest);
    }
  }

  #tellMove(watcher: Watcher, move: Move, newest: ReadonlyMap<Resident, Move>): void {
    const { resident, event, snapshot } = move;
    this.#introduce(watcher, resident);
    if (event !== undefined) this.#say(watcher, () => this.#eventMessage(resident, event));
    if (watcher.ids.size > 0 || newest.get(resident) === move)
      this.#say(watcher, () => this.#snapshotMessage(resident, event, snapshot));
  }

  #introduce(watcher: Watcher, resident: Resident): void {
    if (watcher.introduced.has(resident.id)) return;
    watcher.introduced.add(resident.id);
    this.#say(watcher, () => ({
      type: "@xstate.actor",
      name: resident.id,
      ...this.#envelope(resident, undefined),
      definition: definitionOf(resident.machine),
      snapshot: shownSnapshot(resident.machine, resident.snapshot),
    }));
  }

  #eventMessage(resident: Resident, event: { readonly type: string }): InspectionMessage {
    return { type: "@xstate.event", ...this.#envelope(resident, event), event: shownEvent(event) };
  }

  #snapshotMessage(
    resident: Resident,
    event: { readonly type: string } | undefined,
    snapshot: AnyMachineSnapshot,
  ): InspectionMessage {
    return {
      type: "@xstate.snapshot",
      ...this.#envelope(resident, event),
      event: event === undefined ? { type: "xstate.init" } : shownEvent(event),
      snapshot: shownSnapshot(resident.machine, snapshot),
    };
  }

  #envelope({ id }: Resident, event: { readonly type: string; readonly at?: number } | undefined) {
    const createdAt = String(event?.at ?? this.#deps.clock.now());
    return { _version: PROTOCOL_VERSION, createdAt, id: null, rootId: id, sessionId: id };
  }

  #say(watcher: Watcher, make: () => InspectionMessage): void {
    this.#guarded(() => watcher.tell(make()));
  }

  /** An onlooker's trouble must never reach an actor: a tap that throws would leave it deaf. */
  #guarded(watching: () => void): void {
    try {
      watching();
    } catch (failure) {
      this.#complain(failure);
    }
  }

  #complain(failure: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#deps.log.error("watching the machines failed", { failure: messageOf(failure) });
  }
}

function concerns(watcher: Watcher, resident: Resident): boolean {
  return watcher.ids.size === 0 || watcher.ids.has(resident.id);
}

/** Status, state and the context as its list shows it; errors and outputs stay here. */
function shownSnapshot(machine: AnyStateMachine, snapshot: AnyMachineSnapshot): Json {
  return {
    status: snapshot.status,
    value: toJson(snapshot.value) ?? null,
    context: shownContext(machine.id, snapshot.context),
  };
}

function sameState(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const members = Object.entries(a);
  return (
    members.length === Object.keys(b).length &&
    members.every(([name, member]) => sameState(member, (b as Record<string, unknown>)[name]))
  );
}
