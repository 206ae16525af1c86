import type { EventBus, Publishable } from "../../events/bus.ts";
import type { Cancel, Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { Sight, Watch } from "./watch.ts";

export interface WatcherDeps {
  readonly bus: Pick<EventBus, "publish">;
  readonly clock: Clock;
  readonly log: Log;
  readonly watches: readonly Watch[];
  /** Between two looks. */
  readonly intervalMs: number;
  /** What lasts is told again after this. */
  readonly repeatMs: number;
}

interface Told {
  readonly type: string;
  readonly atMs: number;
}

/**
 * Looks at everything that is watched at a steady pace, and tells what is bad: once when it begins, again while it lasts,
 * and once when it is over. Absent evidence is neither: what cannot be looked at is not told of.
 */
export class Watcher {
  readonly #deps: WatcherDeps;
  readonly #told = new Map<string, Told>();
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(deps: WatcherDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { clock, watches, intervalMs } = this.#deps;
    if (watches.length > 0) this.#cancel = clock.at(clock.now() + intervalMs, () => void this.#tick());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** A look at one thing that begins after the call; `undefined` when nobody watches it or it cannot be looked at. */
  async look(key: string): Promise<Sight | undefined> {
    const watch = this.#deps.watches.find(({ name }) => key.startsWith(`${name} `));
    return (await watch?.look("closely"))?.find((sight) => sight.key === key);
  }

  async #tick(): Promise<void> {
    for (const watch of this.#deps.watches) {
      try {
        for (const sight of await watch.look("glance")) await this.#judge(sight);
      } catch (failure) {
        this.#deps.log.warn(`the watch ${watch.name} could not look`, { failure: messageOf(failure) });
      }
    }
    if (!this.#stopped) this.start();
  }

  async #judge(sight: Sight): Promise<void> {
    const { key } = sight;
    const told = this.#told.get(key);
    const nowMs = this.#deps.clock.now();
    if (sight.stands === "bad") {
      if (told !== undefined && nowMs - told.atMs < this.#deps.repeatMs) return;
      const { type, data } = sight.finding;
      this.#told.set(key, { type, atMs: nowMs });
      await this.#publish({ type, data: { ...data, watch: key }, subject: sight.subject } as Publishable);
    } else if (sight.stands === "well" && told !== undefined) {
      this.#told.delete(key);
      await this.#publish({ type: "watch.cleared", data: { watch: key, type: told.type }, subject: key.slice(0, 200) });
    }
  }

  async #publish(event: Publishable): Promise<void> {
    if (!this.#stopped) await this.#deps.bus.publish(event);
  }
}
