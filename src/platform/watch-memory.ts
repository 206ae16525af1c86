/**
 * The memory that the engine's thread and its watchdog share: a beat, and what the thread works on. The thread writes,
 * the watchdog reads; it reads when the thread stands still, so that nothing is torn that matters.
 */
const BEAT = 0;
const BUSY = 1;
const ACTOR_LENGTH = 2;
const WHAT_LENGTH = 3;
const OTHERS_LENGTH = 4;
const NUMBERS = 8;
const ACTOR_MOST = 200;
const WHAT_MOST = 200;
const OTHERS_MOST = 600;

export interface Work {
  readonly actor: string;
  readonly sequence: number;
  readonly what: string;
}

const UNKNOWN = { actor: "unknown", sequence: 0, what: "nothing that the engine knows of" };

export class WatchMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Int32Array;
  readonly #sequence: Float64Array;
  readonly #actor: Uint16Array;
  readonly #what: Uint16Array;
  readonly #others: Uint16Array;

  constructor(buffer = new SharedArrayBuffer(NUMBERS * 4 + 8 + (ACTOR_MOST + WHAT_MOST + OTHERS_MOST) * 2)) {
    this.buffer = buffer;
    this.#numbers = new Int32Array(buffer, 0, NUMBERS);
    this.#sequence = new Float64Array(buffer, NUMBERS * 4, 1);
    const texts = NUMBERS * 4 + 8;
    this.#actor = new Uint16Array(buffer, texts, ACTOR_MOST);
    this.#what = new Uint16Array(buffer, texts + ACTOR_MOST * 2, WHAT_MOST);
    this.#others = new Uint16Array(buffer, texts + (ACTOR_MOST + WHAT_MOST) * 2, OTHERS_MOST);
  }

  beat(): void {
    Atomics.add(this.#numbers, BEAT, 1);
  }

  get beats(): number {
    return Atomics.load(this.#numbers, BEAT);
  }

  enter(actor: string, sequence: number, what: string): void {
    this.#sequence[0] = sequence;
    this.#numbers[ACTOR_LENGTH] = put(actor, this.#actor);
    this.#numbers[WHAT_LENGTH] = put(what, this.#what);
    this.#numbers[BUSY] = 1;
  }

  leave(): void {
    this.#numbers[BUSY] = 0;
  }

  /** What is under way beside the steps: actor and work, tab-separated, one a line. */
  setOthers(lines: string): void {
    this.#numbers[OTHERS_LENGTH] = put(lines, this.#others);
  }

  /** What the thread works on; outside every step it can only be the one thing that is under way, if it is one. */
  get work(): Work {
    if (this.#numbers[BUSY] === 1)
      return {
        actor: text(this.#actor, this.#numbers[ACTOR_LENGTH]),
        sequence: this.#sequence[0] ?? 0,
        what: text(this.#what, this.#numbers[WHAT_LENGTH]),
      };
    const others = text(this.#others, this.#numbers[OTHERS_LENGTH])
      .split("\n")
      .filter((line) => line !== "");
    const [actor, what] = others.length === 1 ? (others[0]?.split("\t") ?? []) : [];
    return actor === undefined || what === undefined ? UNKNOWN : { actor, sequence: 0, what };
  }
}

/** Written by hand: an encoder costs more than the step that is being watched. */
function put(value: string, into: Uint16Array): number {
  const length = Math.min(value.length, into.length);
  for (let index = 0; index < length; index++) into[index] = value.charCodeAt(index);
  return length;
}

function text(from: Uint16Array, length = 0): string {
  return String.fromCharCode(...from.subarray(0, length));
}
