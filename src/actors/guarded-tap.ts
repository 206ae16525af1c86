import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Tap } from "./tap.ts";

/** So many failures, however far apart, and a tap is not called again. */
const FAILURES_BORNE = 3;

/**
 * A tap whose trouble reaches no actor: what it throws is reported. After repeated failures it is dropped, because
 * one that is broken costs every event its time.
 */
export function guardedTap(tap: Tap, log: Log): Tap {
  let failures = 0;
  const failed = (failure: unknown) => {
    failures++;
    const dropped = failures >= FAILURES_BORNE;
    const what = dropped
      ? "an onlooker of the actors failed again and is called no more"
      : "an onlooker of the actors failed";
    log.error(what, { failures, failure: messageOf(failure) });
  };
  // Written out each time: a closure for each call would be made for every event of every actor.
  return {
    born(id, machine, snapshot, atMs) {
      if (failures >= FAILURES_BORNE) return;
      try {
        tap.born(id, machine, snapshot, atMs);
      } catch (failure) {
        failed(failure);
      }
    },
    moved(id, event, snapshot) {
      if (failures >= FAILURES_BORNE) return;
      try {
        tap.moved(id, event, snapshot);
      } catch (failure) {
        failed(failure);
      }
    },
    held(id, why) {
      if (failures >= FAILURES_BORNE) return;
      try {
        tap.held(id, why);
      } catch (failure) {
        failed(failure);
      }
    },
    gone(id) {
      if (failures >= FAILURES_BORNE) return;
      try {
        tap.gone(id);
      } catch (failure) {
        failed(failure);
      }
    },
  };
}
