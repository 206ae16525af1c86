import type { EventBus } from "../../events/bus.ts";
import type { Journal } from "../../events/journal.ts";
import type { Cancel, Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { capture, pieces, SealedBytes } from "./format.ts";
import type { CheckpointStore } from "./store.ts";

export interface CheckpointSettings {
  /** A checkpoint is taken after so many events. */
  readonly events: number;
  /** And after so long, when there were `atLeast` events since. */
  readonly everyMs: number;
  readonly atLeast: number;
}

export interface CheckpointerDeps {
  readonly bus: EventBus;
  readonly journal: Journal;
  readonly store: CheckpointStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: CheckpointSettings;
  /** Where the newest stretch of the journal begins, as `RecentPast` has it. */
  readonly recentFrom: () => number;
  /** Sequence of the checkpoint that this engine began from; 0 for none. */
  readonly since: number;
}

/** Longest stretch of writing down before everybody else has a turn. */
const SLICE_MS = 5;

/**
 * Takes checkpoints while the engine runs, and one at its end.
 *
 * Invariants:
 *  1. A checkpoint holds what the folds remember after exactly the events up to its position: it is captured in one turn
 *     of the loop, when every fold has heard all that is durable.
 *  2. Only capturing is done at once; writing down goes on in slices, from what never changes.
 *  3. The journal may give up only what comes before the oldest checkpoint that is kept.
 */
export class Checkpointer {
  readonly #deps: CheckpointerDeps;
  #heard: number;
  #taken: number;
  #timer: Cancel | undefined;
  #work: Promise<void> | undefined;
  #closed = false;

  constructor(deps: CheckpointerDeps) {
    this.#deps = deps;
    this.#taken = deps.since;
    this.#heard = deps.journal.lastSequence;
    deps.bus.fold(({ sequence }) => this.#hear(sequence));
    this.#wind();
    if (this.#heard - this.#taken >= deps.settings.events) this.#begin();
  }

  /** Takes the last one. Call it when nothing is published any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.();
    await this.#work;
    if (this.#heard > this.#taken) await this.#take();
  }

  #hear(sequence: number): void {
    this.#heard = sequence;
    if (sequence - this.#taken >= this.#deps.settings.events) this.#begin();
  }

  #wind(): void {
    const { clock, settings } = this.#deps;
    this.#timer = clock.at(clock.now() + settings.everyMs, () => {
      if (this.#heard - this.#taken >= settings.atLeast) this.#begin();
      if (!this.#closed) this.#wind();
    });
  }

  #begin(): void {
    if (this.#closed || this.#work !== undefined) return;
    // Not in the middle of a commit, where some folds have heard the event and others have not.
    this.#work = turn()
      .then(() => this.#take())
      .finally(() => {
        this.#work = undefined;
      });
  }

  async #take(): Promise<void> {
    const { log, journal, store } = this.#deps;
    try {
      const before = journal.position().sequence;
      const began = this.#deps.clock.monotonic();
      const bytes = await this.#writtenDown();
      if (bytes === undefined) return;
      const kept = await store.write(bytes.sequence, bytes.whole);
      this.#taken = bytes.sequence;
      const oldest = kept.length > 1 ? kept.at(-1) : undefined;
      if (oldest !== undefined) journal.retain({ before: oldest + 1 });
      log.debug("a checkpoint was taken", {
        sequence: bytes.sequence,
        bytes: bytes.whole.length,
        tookMs: Math.round(this.#deps.clock.monotonic() - began),
        longestMs: Math.round(bytes.longestMs),
        behind: journal.lastSequence - before,
      });
    } catch (failure) {
      // The journal has everything: the next start only reads more of it.
      log.warn("a checkpoint could not be taken", { failure: messageOf(failure) });
    }
  }

  /** `undefined` where the folds do not stand where the journal does. */
  async #writtenDown(): Promise<
    { readonly sequence: number; readonly whole: Uint8Array; readonly longestMs: number } | undefined
  > {
    const { bus, journal, clock, log, store } = this.#deps;
    if (bus.faults > 0) {
      log.warn("no checkpoint is taken: a reader failed on an event, the next start reads the journal again", {});
      return undefined;
    }
    const position = journal.position();
    if (position.sequence !== this.#heard) return undefined;
    let began = clock.monotonic();
    const captured = capture(bus.states);
    const taken = { position, takenAtMs: clock.now(), recentFrom: this.#deps.recentFrom() };
    let longestMs = clock.monotonic() - began;
    const bytes = new SealedBytes(store.seal);
    await turn();
    began = clock.monotonic();
    for (const piece of pieces(taken, captured)) {
      bytes.add(piece);
      const ms = clock.monotonic() - began;
      if (ms < SLICE_MS) continue;
      longestMs = Math.max(longestMs, ms);
      await turn();
      began = clock.monotonic();
    }
    const whole = bytes.end();
    return { sequence: position.sequence, whole, longestMs: Math.max(longestMs, clock.monotonic() - began) };
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
