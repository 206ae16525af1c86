import type { EventBus } from "../events/bus.ts";
import type { EventData } from "../events/catalog.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";

export interface ClockWatchDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
  /** What the machine's own clock says, milliseconds since the epoch. */
  readonly wall: () => number;
}

const LOOK_MS = 1_000;
/** A clock that is moved by less is being kept right, not set. */
const JUMP_MS = 1_000;

const meaning: Readonly<Record<EventData<"clock.jumped">["how"], string>> = {
  followed: "what was due in between happens now",
  not_followed:
    "the engine's time goes on ahead of the clock, so that nothing is late or done twice; set the clock right, or start the engine again to follow it",
  before_start:
    "deadlines from before wait until the clock has come to their time again; if the clock is wrong, set it right: they are then due at once",
};

/** Journals that the machine's clock was set, or that the machine slept, as soon as it is noticed. */
export class ClockWatch {
  readonly #deps: ClockWatchDeps;
  readonly #over = new AbortController();
  #seen: { readonly nowMs: number; readonly monotonicMs: number; readonly aheadMs: number };

  constructor(deps: ClockWatchDeps) {
    this.#deps = deps;
    this.#seen = this.#look();
  }

  /** @param lastAtMs when the newest event of the engine before was journaled */
  start(lastAtMs: number | undefined): void {
    const behindMs = (lastAtMs ?? 0) - this.#seen.nowMs;
    if (behindMs > JUMP_MS) this.#tell({ byMs: -behindMs, how: "before_start", aheadMs: 0 });
    void this.#watch();
  }

  stop(): void {
    this.#over.abort();
  }

  async #watch(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await pause(this.#deps.clock, LOOK_MS, signal);
      if (!signal.aborted) this.#compare();
    }
  }

  #compare(): void {
    const before = this.#seen;
    const now = this.#look();
    this.#seen = now;
    const forwardMs = now.nowMs - before.nowMs - (now.monotonicMs - before.monotonicMs);
    const backMs = now.aheadMs - before.aheadMs;
    const aheadMs = Math.max(0, Math.round(now.aheadMs));
    if (forwardMs > JUMP_MS) this.#tell({ byMs: Math.round(forwardMs), how: "followed", aheadMs });
    if (backMs > JUMP_MS) this.#tell({ byMs: -Math.round(backMs), how: "not_followed", aheadMs });
  }

  #look() {
    const { clock, wall } = this.#deps;
    const nowMs = clock.now();
    return { nowMs, monotonicMs: clock.monotonic(), aheadMs: nowMs - wall() };
  }

  #tell(data: EventData<"clock.jumped">): void {
    const { bus, log } = this.#deps;
    log.warn("the machine's clock was set", { ...data, means: meaning[data.how] });
    bus.publish({ type: "clock.jumped", subject: "engine", data }).catch((failure: unknown) => {
      log.warn("that the clock was set could not be journaled", { failure: messageOf(failure) });
    });
  }
}
