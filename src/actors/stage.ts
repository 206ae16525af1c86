import {
  type AnyActorScope,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromTransition,
  type Snapshot,
} from "xstate";
import type { Output } from "../machines/output.ts";
import { PlainSteps, type Stepped } from "./plain-steps.ts";

interface Persisted {
  readonly status: string;
  readonly value: unknown;
  readonly context: unknown;
  readonly historyValue: object;
}

/**
 * Where all actors of one kind take their steps, one after the other. An actor itself is only the value that it stands
 * at; what XState asks of whoever carries out a step (a reference, a system, somewhere to emit to) is here, once.
 *
 * Invariants:
 *  1. A step is a function of the value and what is heard: nothing of it stays behind here, also when it throws.
 *  2. A machine answers with outputs alone. One that delays, spawns, invokes or sends is refused: no journal would know.
 */
export class Stage {
  readonly #machine: AnyStateMachine;
  readonly #scope: AnyActorScope;
  readonly #plain: PlainSteps;
  /** Where an actor stands that was taken up in a state, by the state's name. */
  readonly #places = new Map<string, AnyMachineSnapshot>();
  #outputs: Output[] = [];

  constructor(machine: AnyStateMachine) {
    const self = createActor(
      fromTransition((state: undefined) => state, undefined),
      { id: machine.id },
    );
    const refused = () => {
      throw new Error(`machine "${machine.id}" delays, spawns or sends: it has to answer with an output`);
    };
    this.#machine = machine;
    this.#plain = new PlainSteps(machine, { self, system: self.system });
    this.#scope = {
      self,
      id: self.id,
      sessionId: self.sessionId,
      system: self.system,
      logger: refused,
      defer: (act) => act(),
      stopChild: refused,
      emit: (output) => void this.#outputs.push(output as Output),
      actionExecutor: ({ type, exec, info, params }) => {
        // XState's own actions that are more than a value: to be heard later, or by somebody else.
        const isOwn = type.startsWith("xstate.") && type !== "xstate.emit";
        if (isOwn && !isRaisedNow(type, params)) refused();
        exec?.(info, params);
      },
    };
  }

  /** @throws what the machine throws at its beginning */
  begin(input: unknown): Stepped {
    return this.#take(() => this.#machine.getInitialSnapshot(this.#scope, input));
  }

  /** @throws what the machine throws at what it hears */
  step(from: AnyMachineSnapshot, heard: AnyEventObject): Stepped {
    return this.#plain.take(from, heard) ?? this.#take(() => this.#machine.transition(from, heard, this.#scope));
  }

  /** The value that was written down; it does not move by being taken up. */
  restored(persisted: Snapshot<unknown>): AnyMachineSnapshot {
    const { status, value, context, historyValue } = persisted as unknown as Persisted;
    const isFlat = typeof value === "string" && Object.keys(historyValue).length === 0;
    if (status !== "active" || !isFlat) return this.#restore(persisted);
    // Thousands stand in the same few states, and differ in their context alone.
    const place = this.#places.get(value) ?? this.#restore({ ...persisted, context: {} } as never);
    this.#places.set(value, place);
    return { ...place, context, children: {}, historyValue: {} } as AnyMachineSnapshot;
  }

  #restore(persisted: Snapshot<unknown>): AnyMachineSnapshot {
    return this.#machine.restoreSnapshot(persisted, this.#scope) as AnyMachineSnapshot;
  }

  #take(lead: () => AnyMachineSnapshot): Stepped {
    this.#outputs = [];
    const snapshot = lead();
    if (snapshot.status === "error") throw snapshot.error;
    return { snapshot, outputs: this.#outputs };
  }
}

function isRaisedNow(type: string, params: unknown): boolean {
  if (type !== "xstate.raise") return false;
  return (params as { readonly delay?: unknown } | undefined)?.delay === undefined;
}
