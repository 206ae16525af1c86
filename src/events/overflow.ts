import type { Cancel, Clock } from "../kernel/clock.ts";
import type { EngineDraft } from "./envelope.ts";

/** Losses are gathered for so long before they are told. */
const GATHER_MS = 1_000;
/** Addressees whose losses are told apart; beyond, all others are one. */
const TOLD_APART = 256;
const OTHERS = "others";

type Letter = Extract<EngineDraft, { type: "mailbox.overflowed" }>["data"];

interface Loss {
  readonly cause: string;
  count: number;
  readonly types: Record<string, number>;
  readonly sinceMs: number;
}

export interface OverflowDeps {
  readonly clock: Clock;
  /** Journals a letter; where that fails its losses are told with the next one. */
  readonly tell: (letter: Letter) => Promise<unknown>;
}

/**
 * Counts the events that nobody awaited and that found no room, and has them journaled as dead letters: one a second for
 * each addressee and cause, so that a flood of losses is no second flood. No count is ever given up.
 */
export class Overflow {
  readonly #deps: OverflowDeps;
  #losses = new Map<string, { readonly addressee: string; readonly loss: Loss }>();
  #armed: Cancel | undefined;
  #stopped = false;

  constructor(deps: OverflowDeps) {
    this.#deps = deps;
  }

  lost(addressee: string, type: string, cause: string): void {
    this.#add(addressee, { cause, count: 1, types: { [type]: 1 }, sinceMs: this.#deps.clock.now() });
  }

  /** Tells what was gathered; what is lost from now on, and what cannot be told, nobody will hear of. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.flush();
  }

  /** Tells what has been gathered, now. */
  async flush(): Promise<void> {
    this.#armed?.();
    this.#armed = undefined;
    const losses = [...this.#losses.values()];
    this.#losses = new Map();
    await Promise.all(
      losses.map(({ addressee, loss }) =>
        this.#deps.tell({ addressee, ...loss }).catch(() => this.#add(addressee, loss)),
      ),
    );
  }

  #add(addressee: string, more: Loss): void {
    const apart = this.#losses.size < TOLD_APART || this.#losses.has(`${addressee} ${more.cause}`);
    const name = apart ? addressee : OTHERS;
    const key = `${name} ${more.cause}`;
    const known = this.#losses.get(key);
    if (known === undefined) this.#losses.set(key, { addressee: name, loss: more });
    else {
      known.loss.count += more.count;
      for (const [type, count] of Object.entries(more.types))
        known.loss.types[type] = (known.loss.types[type] ?? 0) + count;
    }
    if (this.#stopped) return;
    this.#armed ??= this.#deps.clock.at(this.#deps.clock.now() + GATHER_MS, () => {
      this.#armed = undefined;
      void this.flush();
    });
  }
}
