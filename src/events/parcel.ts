import { roughSize } from "./addressee.ts";
import type { Draft, Receipt } from "./envelope.ts";
import type { Parcel } from "./gate.ts";
import type { Awaiting } from "./receipts.ts";

/** An event on its way to the journal, and whoever waits for its receipt. */
export class EventParcel<D extends Draft> implements Parcel {
  readonly draft: D;
  readonly weight: number;
  /** When it was sent on its way, on the clock that never jumps. */
  readonly beganMs: number;
  readonly #awaiting: Awaiting;
  /** Its place among those that are waited for. */
  readonly #index: number;
  #given: Receipt | undefined;

  constructor(draft: D, beganMs: number, awaiting: Awaiting, index = 0) {
    this.draft = draft;
    this.beganMs = beganMs;
    this.weight = roughSize(draft.data);
    this.#awaiting = awaiting;
    this.#index = index;
  }

  /** Notes the place the journal gave it; told to whoever waits once the gate says so. */
  written(receipt: Receipt): void {
    this.#given = receipt;
  }

  settled(): void {
    if (this.#given !== undefined) this.#awaiting.settled(this.#given, this.#index);
  }

  failed(failure: unknown): void {
    this.#awaiting.failed(failure);
  }
}
