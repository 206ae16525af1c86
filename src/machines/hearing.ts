import type { EventData, EventType } from "../events/catalog.ts";

/** A journaled event as a machine hears it: its time comes from the journal, never from a clock. */
export type Heard<T extends EventType> = {
  [K in T]: {
    readonly type: K;
    readonly data: EventData<K>;
    readonly at: number;
    readonly id: string;
    readonly sequence: number;
  };
}[T];

/** A deadline that a machine asked for has come. */
export interface Deadline<Name extends string> {
  readonly type: `DEADLINE.${Name}`;
  readonly at: number;
}
