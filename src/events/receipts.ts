import type { Receipt } from "./envelope.ts";

/** Whoever waits for events to be durable. `index` is the place of the event among those it waits for. */
export interface Awaiting {
  settled(receipt: Receipt, index: number): void;
  failed(failure: unknown): void;
}

/** Waits for one event. */
export class OneReceipt implements Awaiting {
  readonly receipt: Promise<Receipt>;
  #resolve: (receipt: Receipt) => void = () => {};
  #reject: (failure: unknown) => void = () => {};

  constructor() {
    this.receipt = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  settled(receipt: Receipt): void {
    this.#resolve(receipt);
  }

  failed(failure: unknown): void {
    this.#reject(failure);
  }
}

/**
 * Waits for many: one promise for all of them, as a promise for each costs more than writing the event does. It resolves
 * with their receipts in order, or rejects with the first failure.
 */
export class Receipts implements Awaiting {
  readonly all: Promise<readonly Receipt[]>;
  readonly #receipts: Receipt[];
  #left: number;
  #resolve: (receipts: readonly Receipt[]) => void = () => {};
  #reject: (failure: unknown) => void = () => {};

  constructor(count: number) {
    this.#receipts = new Array<Receipt>(count);
    this.#left = count;
    this.all = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (count === 0) this.#resolve(this.#receipts);
  }

  settled(receipt: Receipt, index: number): void {
    this.#receipts[index] = receipt;
    if (--this.#left === 0) this.#resolve(this.#receipts);
  }

  failed(failure: unknown): void {
    this.#reject(failure);
  }

  /** The event in this place is on its way already. */
  follow(index: number, receipt: Promise<Receipt>): void {
    receipt.then(
      (given) => this.settled(given, index),
      (failure: unknown) => this.failed(failure),
    );
  }
}
