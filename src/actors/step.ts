import { messageOf } from "../kernel/errors.ts";
import type { Output } from "../machines/output.ts";
import { type Heard, heardBy } from "./heard.ts";
import type { Delivery, Resident } from "./residents.ts";

/** Why an actor did not take what it was told. */
export interface Mishap {
  /** It threw; what belongs to it threw before it was told. */
  readonly reason: "error" | "refused";
  readonly message: string;
}

export type Step =
  | { readonly kind: "taken"; readonly outputs: readonly Output[] }
  | { readonly kind: "failed"; readonly mishap: Mishap };

/** Leads a resident to its beginning. One that fails there stands nowhere. */
export function begin(resident: Resident, input: unknown): Step {
  try {
    const { snapshot, outputs } = resident.stage.begin(input);
    resident.snapshot = snapshot;
    return { kind: "taken", outputs };
  } catch (failure) {
    return failed("error", failure);
  }
}

/** Tells an actor what a delivery says to it; `undefined` when it says nothing. One that fails stays where it was. */
export function tell(
  resident: Resident,
  delivery: Delivery,
): { readonly step: Step; readonly heard: Heard | undefined } | undefined {
  const { stage, snapshot: before, kind } = resident;
  let heard: Heard | undefined;
  try {
    heard = heardBy(kind, delivery);
  } catch (failure) {
    return { step: failed("refused", failure), heard };
  }
  if (heard === undefined || before === undefined) return undefined;
  try {
    const { snapshot, outputs } = stage.step(before, heard);
    resident.snapshot = snapshot;
    return { step: { kind: "taken", outputs }, heard };
  } catch (failure) {
    return { step: failed("error", failure), heard };
  }
}

function failed(reason: Mishap["reason"], failure: unknown): Step {
  return { kind: "failed", mishap: { reason, message: messageOf(failure) } };
}
