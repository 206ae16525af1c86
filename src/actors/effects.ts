import type { AnyEvent, Cause } from "../events/envelope.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Watch } from "../kernel/watch.ts";
import type { Effect } from "../machines/output.ts";
import type { Performer } from "./kind.ts";
import type { UnderWay } from "./under-way.ts";

/** An effect that has been under way for longer than it may. */
export interface Overdue {
  readonly actor: string;
  readonly effect: Effect;
  readonly runningMs: number;
  readonly cause: Cause;
}

export interface EffectsDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly underWay: UnderWay;
  readonly watch?: Watch | undefined;
  /** How long an effect may take whose kind says nothing else, in milliseconds. */
  readonly limitMs: number;
  readonly overdue: (late: Overdue) => void;
}

/** Performs effects in the real world, but only between the start and the stop of the engine: never in a replay. */
export class Effects {
  readonly #deps: EffectsDeps;
  readonly #limits = new Set<Cancel>();
  #acting = false;

  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#acting = true;
  }

  stop(): void {
    this.#acting = false;
    for (const cancel of this.#limits) cancel();
  }

  perform(actor: string, effect: Effect, cause: AnyEvent | undefined, { perform, limitMs }: Performer): void {
    if (!this.#acting || cause === undefined || perform === undefined) return;
    const { log, watch, underWay } = this.#deps;
    const from = effect.cause ?? cause;
    // Also what throws before its first await is a failure of this effect alone.
    const performing = async () => perform(effect, from);
    watch?.entering(actor, 0, `effect/${effect.name}/${effect.key}`);
    const performed = performing();
    watch?.leaving();
    const over = this.#limit(actor, effect, from, limitMs?.(effect));
    const failed = (failure: unknown) =>
      log.error("an effect failed", { effect: effect.name, key: effect.key, failure: messageOf(failure) });
    underWay.track(performed.catch(failed).finally(over));
  }

  /** Tells once when the effect is under way for longer than it may: nothing can end a promise from outside. */
  #limit(actor: string, effect: Effect, cause: Cause, ownMs: number | undefined): Cancel {
    const { clock, limitMs, log, overdue } = this.#deps;
    const runningMs = ownMs ?? limitMs;
    const cancel = clock.at(clock.now() + runningMs, () => {
      log.error("an effect does not end", { actor, effect: effect.name, key: effect.key, runningMs });
      overdue({ actor, effect, runningMs, cause });
    });
    this.#limits.add(cancel);
    return () => {
      this.#limits.delete(cancel);
      cancel();
    };
  }
}
