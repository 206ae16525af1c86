import type { AnyEvent } from "../src/index.ts";
import { is } from "../src/index.ts";

const weights = { tsr: 0.4, cr: 0.3, learning: 0.1 };

/** What one would write first: keep the hour's events and count them all again whenever one comes. */
export class NaiveScore {
  readonly #windowMs: number;
  #events: AnyEvent[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  recall(event: AnyEvent): void {
    this.#events.push(event);
  }

  update(event: AnyEvent): number {
    this.#events.push(event);
    this.#events = this.#events.filter(({ at }) => at > event.at - this.#windowMs);
    const ended = this.#events.filter((one) => is(one, "task.succeeded") || is(one, "task.failed"));
    const settled = this.#events.filter((one) => is(one, "playbook.settled"));
    const seen = new Set(this.#events.flatMap((one) => (is(one, "failure.observed") ? [one.data.fingerprint] : [])));
    const tsr = share(ended.filter((one) => is(one, "task.succeeded")).length, ended.length);
    const cr = share(
      settled.filter(({ data }) => "outcome" in data && data.outcome === "fixed").length,
      settled.length,
    );
    return weights.tsr * tsr + weights.cr * cr + weights.learning * share(0, seen.size);
  }
}

function share(good: number, n: number): number {
  return n === 0 ? 0 : good / n;
}
