import { type AnyMachineSnapshot, createActor } from "xstate";
import { messageOf } from "../kernel/errors.ts";
import type { Output } from "../machines/output.ts";
import { type Heard, heardBy } from "./heard.ts";
import type { Delivery, Resident } from "./residents.ts";

/** Why an actor did not take what it was told. */
export interface Mishap {
  /** It threw; it took nothing although it is active; what belongs to it threw before it was told. */
  readonly reason: "error" | "deaf" | "refused";
  readonly message: string;
}

export type Step =
  | { readonly kind: "taken"; readonly outputs: readonly Output[] }
  | { readonly kind: "failed"; readonly mishap: Mishap };

/** Creates the actor of a resident, at the value given or at its beginning, and starts it. Its outputs are those of its start. */
export function begin(resident: Resident, at: AnyMachineSnapshot | undefined): Step {
  const { id, kind, input } = resident;
  const options = at === undefined ? { id, input } : { id, input, snapshot: at };
  try {
    const actor = createActor(kind.machine, options);
    resident.actor = actor;
    resident.taken = 0;
    // Whoever listens to errors is told of them; unheard, XState throws them at the whole process.
    const next = () => {
      resident.taken += 1;
    };
    actor.subscribe({ next, error: () => {} });
    return take(resident, () => actor.start());
  } catch (failure) {
    return { kind: "failed", mishap: { reason: "error", message: messageOf(failure) } };
  }
}

/** Tells an actor what a delivery says to it; `undefined` when it says nothing. */
export function tell(
  resident: Resident,
  delivery: Delivery,
): { readonly step: Step; readonly heard: Heard | undefined } | undefined {
  let heard: Heard | undefined;
  try {
    heard = heardBy(resident.kind, delivery);
  } catch (failure) {
    return { step: { kind: "failed", mishap: { reason: "refused", message: messageOf(failure) } }, heard };
  }
  if (heard === undefined) return undefined;
  const told = heard;
  return { step: take(resident, () => resident.actor.send(told)), heard };
}

/**
 * Lets an actor take a step and says what it answered. Steps are synchronous: an active actor that has not taken what it
 * was sent when `send` returns never will, its mailbox being stuck behind something that threw.
 */
function take(resident: Resident, tell: () => void): Step {
  const { actor, taken } = resident;
  const outputs: Output[] = [];
  const listening = actor.on("*", (output: unknown) => outputs.push(output as Output));
  try {
    tell();
  } catch (failure) {
    // What an onlooker inside the actor throws leaves it deaf.
    return { kind: "failed", mishap: { reason: "deaf", message: messageOf(failure) } };
  } finally {
    listening.unsubscribe();
  }
  const { status, error } = actor.getSnapshot() as { readonly status: string; readonly error?: unknown };
  if (status === "error") return { kind: "failed", mishap: { reason: "error", message: messageOf(error) } };
  if (status === "active" && resident.taken === taken) {
    const message = "it is active but takes nothing of what it is sent";
    return { kind: "failed", mishap: { reason: "deaf", message } };
  }
  return { kind: "taken", outputs };
}
