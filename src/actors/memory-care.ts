import type { EventBus } from "../events/bus.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { MemoryPalace } from "../memory/palace.ts";
import type { Forgetting } from "../memory/tiers.ts";

export interface MemoryCareDeps {
  readonly bus: EventBus;
  readonly palace: MemoryPalace;
  readonly clock: Clock;
  readonly log: Log;
  /** 0: never by itself. */
  readonly everyHours: number;
  readonly policy: Forgetting;
}

const HOUR_MS = 3_600_000;

/** Puts what faded into the archive: an hour after the start, then every so often. What fails is tried the next time. */
export class MemoryCare {
  readonly #deps: MemoryCareDeps;
  #next: Cancel | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: MemoryCareDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#deps.everyHours > 0) this.#later(HOUR_MS);
  }

  /** No more sweeps; resolves when one that runs has ended. */
  async stop(): Promise<void> {
    this.#next?.();
    this.#next = undefined;
    await this.#work;
  }

  #later(ms: number): void {
    const { clock, everyHours } = this.#deps;
    this.#next = clock.at(clock.now() + ms, () => {
      this.#later(everyHours * HOUR_MS);
      this.#work = this.#sweep();
    });
  }

  async #sweep(): Promise<void> {
    const { bus, palace, log, policy } = this.#deps;
    try {
      for (const data of await palace.care.sweep({ policy }))
        await bus.publish({ type: "memory.archived", subject: `memory/${data.key}`, data });
    } catch (failure) {
      log.warn("what faded in the memory could not be archived", { failure: messageOf(failure) });
    }
  }
}
