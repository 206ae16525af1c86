import type { EventType } from "../events/catalog.ts";
import type { EventOf } from "../events/envelope.ts";

/** A journaled event as a machine hears it: its time comes from the journal, never from a clock. */
export type Heard<T extends EventType> = EventOf<T>;

/** A deadline that a machine asked for has come. */
export interface Deadline<Name extends string> {
  readonly type: `DEADLINE.${Name}`;
  readonly at: number;
}
