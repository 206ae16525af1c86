import type { EventBus, Publishable } from "../events/bus.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import { untilAgainMs } from "./insist.ts";

export interface InOrderDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly log: Log;
}

/** What became of what was said. */
export type Ending = "journaled" | "given_up";

interface Said {
  /** Its place among all that was said. */
  readonly index: number;
  readonly draft: Publishable;
  readonly over: (ending: Ending) => void;
}

/** What one speaker said and the journal refused; whatever it says meanwhile waits with it. */
interface Held {
  readonly said: Said[];
  readonly attempt: number;
}

/**
 * Journals what several speakers say, each one's in the order in which it said it, also where the journal refuses some of
 * it for a while: a refusal holds for whatever came after, so that all of it can be tried again in its order.
 */
export class InOrder {
  readonly #deps: InOrderDeps;
  readonly #held = new Map<string, Held>();
  #said = 0;
  #stopped = false;

  constructor(deps: InOrderDeps) {
    this.#deps = deps;
  }

  /** While the journal cannot be written it tries again, never forgets; only a stop makes it give up. */
  publish(speaker: string, draft: Publishable): Promise<Ending> {
    return new Promise((over) => {
      const said = { index: this.#said++, draft, over };
      const held = this.#held.get(speaker);
      if (held === undefined) this.#send(speaker, said, 1);
      else held.said.push(said);
    });
  }

  /** What the journal refuses from now on is given up. */
  stop(): void {
    this.#stopped = true;
  }

  #send(speaker: string, said: Said, attempt: number): void {
    this.#deps.bus.publish(said.draft).then(
      () => said.over("journaled"),
      (failure: unknown) => {
        if (this.#stopped) said.over("given_up");
        else this.#hold(speaker, said, attempt, failure);
      },
    );
  }

  #hold(speaker: string, said: Said, attempt: number, failure: unknown): void {
    const held = this.#held.get(speaker);
    if (held !== undefined) {
      held.said.push(said);
      return;
    }
    this.#held.set(speaker, { said: [said], attempt });
    const { log, clock } = this.#deps;
    log.warn("an announcement waits for the journal", {
      type: said.draft.type,
      attempt,
      failure: messageOf(failure),
    });
    void pause(clock, untilAgainMs(attempt)).then(() => this.#again(speaker));
  }

  #again(speaker: string): void {
    const held = this.#held.get(speaker);
    if (held === undefined) return;
    this.#held.delete(speaker);
    // Refusals are not told in the order of what was said.
    for (const said of held.said.sort((a, b) => a.index - b.index)) this.#send(speaker, said, held.attempt + 1);
  }
}
