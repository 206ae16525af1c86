import type { Entropy } from "../kernel/entropy.ts";
import { FIRST_MOMENT_MS } from "./virtual-clock.ts";

/** First 48 bits of the ids: any fixed time will do, the count of ids is added to it. */
const FIRST_ID_AT = FIRST_MOMENT_MS;

/** Chance that repeats itself: the same seed gives the same numbers, ids and secrets in the same order. */
export class SeededEntropy implements Entropy {
  #state: number;
  #ids = 0;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  random(): number {
    return this.#word() / 2 ** 32;
  }

  /** Shaped like a UUID version 7 whose time is the number of ids so far, so that text order is order of creation. */
  id(): string {
    const time = (FIRST_ID_AT + this.#ids++).toString(16).padStart(12, "0");
    const rest = this.secret(9);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6)}`;
  }

  secret(bytes: number): string {
    let text = "";
    while (text.length < 2 * bytes) text += this.#word().toString(16).padStart(8, "0");
    return text.slice(0, 2 * bytes);
  }

  /** 32 bits. */
  #word(): number {
    // mulberry32: 32 bits of state, good enough for a simulation and the same on every machine.
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
