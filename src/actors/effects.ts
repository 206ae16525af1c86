import type { AnyEvent } from "../events/envelope.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Watch } from "../kernel/watch.ts";
import type { Effect } from "../machines/output.ts";
import type { Perform } from "./kind.ts";
import type { UnderWay } from "./under-way.ts";

export interface EffectsDeps {
  readonly log: Log;
  readonly underWay: UnderWay;
  readonly watch?: Watch | undefined;
}

/** Performs effects in the real world, but only between the start and the stop of the engine: never in a replay. */
export class Effects {
  readonly #deps: EffectsDeps;
  #acting = false;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#acting = true;
  }

  stop(): void {
    this.#acting = false;
  }

  perform(actor: string, effect: Effect, cause: AnyEvent | undefined, perform: Perform | undefined): void {
    if (!this.#acting || cause === undefined || perform === undefined) return;
    // Also what throws before its first await is a failure of this effect alone.
    const performing = async () => perform(effect, effect.cause ?? cause);
    this.#deps.watch?.entering(actor, 0, `effect/${effect.name}/${effect.key}`);
    const performed = performing();
    this.#deps.watch?.leaving();
    this.#deps.underWay.track(
      performed.catch((failure: unknown) => {
        this.#deps.log.error("an effect failed", { effect: effect.name, key: effect.key, failure: messageOf(failure) });
      }),
    );
  }
}
