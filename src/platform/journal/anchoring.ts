import type { JournalPosition } from "../../events/journal.ts";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import type { Log } from "../../kernel/log.ts";
import { type AnchorReason, Anchors } from "./anchors.ts";
import type { Sealer } from "./seal.ts";

export interface AnchorPolicy {
  readonly path: string;
  /** While events come, one is dropped at least so often. */
  readonly everyMs: number;
}

export interface AnchoringOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly sealer: Sealer;
  readonly log?: Log;
  readonly anchors?: AnchorPolicy;
}

/**
 * Drops anchors beside the writing, one after the other. One that cannot be written is logged, and the next occasion
 * makes up for it: the journal goes on.
 */
export class Anchoring {
  readonly #options: AnchoringOptions;
  readonly #anchors: Anchors | undefined;
  #work: Promise<void> = Promise.resolve();
  #lastSequence = -1;
  #lastAtMs: number;

  private constructor(options: AnchoringOptions, anchors: Anchors | undefined) {
    this.#options = options;
    this.#anchors = anchors;
    this.#lastAtMs = options.clock.monotonic();
  }

  static async open(options: AnchoringOptions): Promise<Anchoring> {
    const { anchors, files, sealer } = options;
    return new Anchoring(options, anchors && (await Anchors.open({ files, sealer, path: anchors.path })));
  }

  /** Where the journal stands now; an anchor is dropped when the last one was long ago. */
  passed(position: JournalPosition): void {
    const { anchors, clock } = this.#options;
    if (anchors !== undefined && clock.monotonic() - this.#lastAtMs >= anchors.everyMs) this.drop(position, "interval");
  }

  /** Drops one at a position that is durable, unless the last one stands there already. */
  drop(position: JournalPosition, why: AnchorReason): void {
    if (position.sequence === this.#lastSequence) return;
    this.#lastSequence = position.sequence;
    this.#lastAtMs = this.#options.clock.monotonic();
    this.#work = this.#work
      .then(() => this.#anchors?.drop(position, why, this.#options.clock.now()))
      .catch((failure: unknown) => {
        this.#lastSequence = -1;
        this.#options.log?.warn("an anchor of the journal could not be written", { failure: messageOf(failure) });
      });
  }

  /** Writes down that everything through a position is about to be given up; rejects when that cannot be. */
  vouch(through: JournalPosition): Promise<void> {
    const vouched = this.#work.then(() => this.#anchors?.drop(through, "released", this.#options.clock.now()));
    this.#work = vouched.catch(() => undefined);
    return vouched;
  }

  async idle(): Promise<void> {
    await this.#work;
  }

  async close(): Promise<void> {
    await this.#work;
    await this.#anchors?.close();
  }
}
