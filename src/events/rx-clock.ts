import { Observable } from "rxjs";
import type { Cancel, Clock } from "../kernel/clock.ts";

/** The wall-clock time, every `everyMs` after subscribing. RxJS's own timers are not used: a test turns the clock. */
export function ticks(clock: Clock, everyMs: number): Observable<number> {
  return new Observable((subscriber) => {
    let cancel: Cancel = () => {};
    const arm = (): void => {
      cancel = clock.at(clock.now() + everyMs, () => {
        subscriber.next(clock.now());
        if (!subscriber.closed) arm();
      });
    };
    arm();
    return () => cancel();
  });
}
