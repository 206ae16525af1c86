import type { AnyEvent } from "../../events/envelope.ts";
import { atLeast } from "../../events/filter.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, objectOf, row } from "../../kernel/shape.ts";
import type { View } from "./view.ts";

const KEPT = 100;

/** The newest events worth showing, whole. Few: an event may have up to 1 MiB. */
export class RecentEventsView implements View {
  readonly name = "recent-events";
  readonly version = 1;
  readonly mayBeginLate = true;
  #events: AnyEvent[] = [];

  apply(event: AnyEvent): void {
    if (!atLeast(event.severity, "info")) return;
    this.#events.push(event);
    if (this.#events.length >= 2 * KEPT) this.#events = this.#events.slice(-KEPT);
  }

  snapshot(): Snapshot {
    return { events: inGroups([...this.#events]) };
  }

  restore(value: unknown): void {
    this.#events = objectOf({ events: groupsOf(row<AnyEvent>()) })(value, this.name).events;
  }

  /** Newest first. */
  list(most: number): readonly AnyEvent[] {
    return this.#events.slice(-Math.min(most, KEPT)).reverse();
  }
}
