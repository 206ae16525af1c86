import type { EventData, EventType } from "../events/catalog.ts";
import type { Cause } from "../events/envelope.ts";
import type { Severity } from "../events/vocabulary.ts";

/**
 * What a machine wants. It never acts: the host journals what is announced, keeps deadlines, and has effects performed
 * while the engine is live. During replay nothing is done; what was not yet done before a crash is done afterwards.
 */
export type Output = Announcement | DeadlineWanted | DeadlineDropped | Effect;

export type Announcement = {
  [T in EventType]: {
    readonly type: "announce";
    readonly event: T;
    readonly data: EventData<T>;
    readonly subject?: string;
    readonly severity?: Severity;
    /** Makes the announcement unique across causes; without it the host derives one from the event that led to it. */
    readonly key?: string;
    /** What it follows from, where that is not the event being heard. */
    readonly cause?: Cause;
  };
}[EventType];

/** Asks for `DEADLINE.name` at `atMs` (epoch); asking again under the same name replaces the earlier one. */
export interface DeadlineWanted {
  readonly type: "deadline";
  readonly name: string;
  readonly atMs: number;
  /** What it follows from, where that is not the event being heard. */
  readonly cause?: Cause;
}

export interface DeadlineDropped {
  readonly type: "drop_deadline";
  readonly name: string;
}

/** Something to be done outside. The actor's own file performs it and journals its outcome under `key`. */
export interface Effect {
  readonly type: "effect";
  readonly name: string;
  readonly key: string;
  readonly params: unknown;
  /** What it follows from, where that is not the event being heard. */
  readonly cause?: Cause;
}

export function announce<T extends EventType>(
  event: T,
  data: EventData<T>,
  options: Pick<Announcement, "subject" | "severity" | "key" | "cause"> = {},
): Announcement {
  return { type: "announce", event, data, ...options } as Announcement;
}

export function deadline(name: string, atMs: number, cause?: Cause): DeadlineWanted {
  return { type: "deadline", name, atMs, ...(cause === undefined ? {} : { cause }) };
}

export function dropDeadline(name: string): DeadlineDropped {
  return { type: "drop_deadline", name };
}
