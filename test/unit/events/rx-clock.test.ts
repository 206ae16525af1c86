import { take } from "rxjs";
import { describe, expect, it } from "vitest";
import { ticks } from "../../../src/events/rx-clock.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("ticks", () => {
  it("tell the time at every interval of the clock they were given", () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    ticks(clock, 10).subscribe((now) => seen.push(now));
    clock.advanceSync(35);
    expect(seen).toEqual([10, 20, 30]);
  });

  it("leave no timer behind when nobody listens any more", () => {
    const clock = new VirtualClock(0);
    const subscription = ticks(clock, 10).subscribe();
    expect(clock.armed).toBe(1);
    subscription.unsubscribe();
    ticks(clock, 10).pipe(take(1)).subscribe();
    clock.advanceSync(100);
    expect(clock.armed).toBe(0);
  });
});
