import type { AnyEvent } from "../../events/envelope.ts";
import { atLeast } from "../../events/filter.ts";
import type { Severity } from "../../events/vocabulary.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { groupsOf, objectOf, row } from "../../kernel/shape.ts";
import { textOf } from "./timeline-texts.ts";
import type { View } from "./view.ts";

export interface TimelineRow {
  readonly sequence: number;
  readonly atMs: number;
  readonly type: string;
  readonly severity: Severity;
  readonly subject?: string | undefined;
  readonly text: string;
}

export interface TimelineSettings {
  readonly capacity: number;
  /** Events below this severity are left out. */
  readonly from: Severity;
}

export const timelineSettings: TimelineSettings = { capacity: 2_000, from: "info" };

/** What happened of late, in words: the events themselves may be large and are not kept. */
export class TimelineView implements View {
  readonly name = "timeline";
  readonly version = 1;
  readonly mayBeginLate = true;
  readonly #settings: TimelineSettings;
  #rows: TimelineRow[] = [];

  constructor(settings: TimelineSettings = timelineSettings) {
    this.#settings = settings;
  }

  apply(event: AnyEvent): void {
    if (!atLeast(event.severity, this.#settings.from)) return;
    this.#rows.push(rowOf(event));
    if (this.#rows.length >= 2 * this.#settings.capacity) this.#rows = this.#rows.slice(-this.#settings.capacity);
  }

  snapshot(): Snapshot {
    return { rows: inGroups([...this.#rows]) };
  }

  restore(value: unknown): void {
    this.#rows = objectOf({ rows: groupsOf(row<TimelineRow>()) })(value, this.name).rows;
  }

  /** Newest first. */
  list(limit: number = this.#settings.capacity): readonly TimelineRow[] {
    const most = Math.min(limit, this.#settings.capacity);
    return most <= 0 ? [] : this.#rows.slice(-most).reverse();
  }
}

function rowOf(event: AnyEvent): TimelineRow {
  const { sequence, at, type, severity, subject } = event;
  return { sequence, atMs: at, type, severity, subject, text: textOf(event) };
}
