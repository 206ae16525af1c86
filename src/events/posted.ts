import type { AnyEvent, Draft } from "./envelope.ts";
import type { Over } from "./gate.ts";
import type { Sender } from "./journal.ts";
import type { EventParcel } from "./parcel.ts";

/** Hears of everything that the journal decided on, before the gate does. */
export interface Decisions<D extends Draft> {
  written(parcel: EventParcel<D>): void;
  refused(failure: unknown): void;
}

/** A parcel that is with the journal: passes on what the journal says. */
export class Posted<D extends Draft> implements Sender {
  readonly parcel: EventParcel<D>;
  readonly over: Over<EventParcel<D>>;
  readonly decisions: Decisions<D>;

  constructor(parcel: EventParcel<D>, over: Over<EventParcel<D>>, decisions: Decisions<D>) {
    this.parcel = parcel;
    this.over = over;
    this.decisions = decisions;
  }

  written({ id, sequence }: AnyEvent): void {
    this.parcel.written({ id, sequence });
    this.decisions.written(this.parcel);
    this.over(this.parcel);
  }

  refused(failure: unknown): void {
    this.decisions.refused(failure);
    this.over(this.parcel, { failure });
  }
}
