import type { Receipt } from "./envelope.ts";

/** The newest idempotency keys and what they were answered with; the oldest are forgotten beyond `capacity`. */
export class RecentKeys {
  readonly #capacity: number;
  #young = new Map<string, Receipt>();
  #old = new Map<string, Receipt>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): Receipt | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  add(key: string, receipt: Receipt): void {
    this.#young.set(key, receipt);
    // Two generations: forgetting is one assignment instead of a deletion per key.
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
  }
}
