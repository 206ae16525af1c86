import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import type { Reading } from "./reading.ts";
import { GENESIS, type Sealer, splitSealed } from "./seal.ts";

export type Link<E = AnyEvent> =
  | { readonly kind: "event"; readonly event: E; readonly seal: string }
  | { readonly kind: "broken"; readonly reason: string };

/** What is said of a line whose seal is not that of its bytes and the seal before. */
export const UNSEALED = "the seal does not fit: this line or the one before it was changed, or the key is another";

/** The position before a journal's first event. */
export const BEGINNING: JournalPosition = { sequence: 0, seal: GENESIS };

/** Walks a journal's chain line by line: each must continue the seal and the numbering of the one before. */
export class Chain<E extends { readonly sequence: number } = AnyEvent> {
  readonly #sealer: Sealer;
  readonly #reading: Reading<E>;
  #seal: string;
  #sequence: number;

  /** @param after the position that the first line follows; a journal's first follows none */
  constructor(sealer: Sealer, reading: Reading<E>, after: JournalPosition = BEGINNING) {
    this.#sealer = sealer;
    this.#reading = reading;
    this.#seal = after.seal;
    this.#sequence = after.sequence;
  }

  get position(): JournalPosition {
    return { sequence: this.#sequence, seal: this.#seal };
  }

  follow(line: string): Link<E> {
    const parts = splitSealed(line);
    if (parts === undefined) return { kind: "broken", reason: "the line carries no seal" };
    const { decode, seals } = this.#reading;
    if (seals === "verified" && this.#sealer.seal(this.#seal, parts.body) !== parts.seal) {
      return { kind: "broken", reason: UNSEALED };
    }
    const event = decode(parts.body, line);
    if (event === undefined) return { kind: "broken", reason: "the line is not an event" };
    if (event.sequence !== this.#sequence + 1) {
      return { kind: "broken", reason: `sequence ${event.sequence} follows ${this.#sequence}` };
    }
    this.#seal = parts.seal;
    this.#sequence = event.sequence;
    return { kind: "event", event, seal: parts.seal };
  }
}
