import type { AnyEvent } from "../../events/envelope.ts";
import { atLeast } from "../../events/filter.ts";

const KEPT = 100;

/** The newest events worth showing, whole. Few: an event may have up to 1 MiB. */
export class RecentEventsView {
  #events: AnyEvent[] = [];

  apply(event: AnyEvent): void {
    if (!atLeast(event.severity, "info")) return;
    this.#events.push(event);
    if (this.#events.length >= 2 * KEPT) this.#events = this.#events.slice(-KEPT);
  }

  /** Newest first. */
  list(most: number): readonly AnyEvent[] {
    return this.#events.slice(-Math.min(most, KEPT)).reverse();
  }
}
