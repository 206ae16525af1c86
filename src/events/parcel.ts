import { roughSize } from "./addressee.ts";
import type { Draft, Receipt } from "./envelope.ts";
import type { Parcel } from "./gate.ts";

/** An event on its way to the journal, and whoever waits for its receipt. */
export class EventParcel<D extends Draft> implements Parcel {
  readonly draft: D;
  readonly weight: number;
  /** When it was sent on its way, on the clock that never jumps. */
  readonly beganMs: number;
  readonly receipt: Promise<Receipt>;
  #given: Receipt | undefined;
  #resolve: (receipt: Receipt) => void = () => {};
  #reject: (failure: unknown) => void = () => {};

  constructor(draft: D, beganMs: number) {
    this.draft = draft;
    this.beganMs = beganMs;
    this.weight = roughSize(draft.data);
    this.receipt = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Notes the place the journal gave it; told to whoever waits once the gate says so. */
  written(receipt: Receipt): void {
    this.#given = receipt;
  }

  settled(): void {
    if (this.#given !== undefined) this.#resolve(this.#given);
  }

  failed(failure: unknown): void {
    this.#reject(failure);
  }
}
