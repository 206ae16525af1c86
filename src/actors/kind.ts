import type { AnyStateMachine } from "xstate";
import type { EventType } from "../events/catalog.ts";
import type { AnyEvent, Cause, EventOf } from "../events/envelope.ts";
import type { Checkpointed } from "../kernel/checkpointed.ts";
import type { MachineHistory } from "../machines/history.ts";
import type { Effect, Output } from "../machines/output.ts";

/** Performs effects in the real world and journals how they ended. Only called once the engine has started. */
export type Perform = (effect: Effect, cause: Cause) => Promise<void>;

/** Whoever performs effects. */
export interface Performer {
  readonly perform?: Perform | undefined;
  /** After how many milliseconds an effect that has not ended is reported, where the host's own limit is not right for it. */
  readonly limitMs?: ((effect: Effect) => number | undefined) | undefined;
}

/** How the host runs one kind of machine: which event gives birth to an actor, which events reach which actors. */
export interface ActorKind {
  readonly name: string;
  readonly machine: AnyStateMachine;
  /** Older versions of the machine, as far as they can be taken up. */
  readonly history?: MachineHistory;
  /** The event that creates an actor, with its name and input. Absent for actors that exist from the start. */
  readonly birth?: Birth;
  /** Actors that exist from the start. */
  readonly permanent?: { readonly id: string; readonly input: unknown };
  /**
   * What of an actor's context is the configuration's and not the journal's: one that goes on from a checkpoint has it as
   * it is now.
   */
  readonly configured?: (name: string) => Readonly<Record<string, unknown>>;
  /** For each event type, the names of the actors that hear it (without the kind's prefix). */
  readonly routes: Routes;
  /** What an event says to the machine, where that is not the event itself; `undefined` for nothing. */
  readonly hears?: (event: AnyEvent) => { readonly type: string; readonly at: number } | undefined;
  /** What every event is given besides itself: facts as they are at this point of the journal. */
  readonly facts?: (event: AnyEvent) => unknown;
  readonly perform?: Perform;
  readonly limitMs?: Performer["limitMs"];
  /** `false` for those who look after the others: after a failure they go on at once, without the event. */
  readonly supervised?: false;
}

export interface Birth {
  readonly on: EventType;
  /** `undefined` when this event gives birth to nobody. */
  readonly id: (event: AnyEvent) => string | undefined;
  readonly input: (event: AnyEvent) => unknown;
}

/** `all` stands for every living actor of the kind. */
export type Routes = { readonly [T in EventType]?: (event: EventOf<T>) => readonly string[] | "all" };

/** A pure reader that answers events with outputs, for rules that need no statechart of their own. */
export interface Reflex {
  readonly name: string;
  readonly listens: readonly EventType[];
  hear(event: AnyEvent): readonly Output[];
  /** What it remembers of the events it heard. */
  readonly state: Checkpointed | "none";
  readonly perform?: Perform;
}
