import { Fifo } from "../events/fifo.ts";

export type Urgency = "urgent" | "usual";

interface Turn {
  readonly work: () => Promise<void>;
  readonly over: () => void;
}

/** Work that is done one after the other. What is urgent goes before all that waits; within a lane it is first come, first served. */
export class Turns {
  readonly #lanes: Readonly<Record<Urgency, Fifo<Turn>>> = { urgent: new Fifo(), usual: new Fifo() };
  readonly #last: Record<Urgency, Promise<void>> = { urgent: Promise.resolve(), usual: Promise.resolve() };
  #busy = false;
  #waiting = 0;

  /** What has not ended, what is being done among it. */
  get waiting(): number {
    return this.#waiting;
  }

  /** @param work must not reject */
  add(urgency: Urgency, work: () => Promise<void>): void {
    this.#waiting++;
    this.#last[urgency] = new Promise((over) => this.#lanes[urgency].push({ work, over }));
    if (this.#busy) return;
    this.#busy = true;
    queueMicrotask(() => void this.#go());
  }

  /** Resolves when all that was added so far has ended, or was let go. */
  async settled(): Promise<void> {
    await Promise.all(Object.values(this.#last));
  }

  /** Does not begin what waits; answers with how much that was. */
  letGo(): number {
    let gone = 0;
    for (let turn = this.#next(); turn !== undefined; turn = this.#next()) {
      this.#end(turn);
      gone++;
    }
    return gone;
  }

  async #go(): Promise<void> {
    for (let turn = this.#next(); turn !== undefined; turn = this.#next()) {
      await turn.work();
      this.#end(turn);
    }
    this.#busy = false;
  }

  #end({ over }: Turn): void {
    this.#waiting--;
    over();
  }

  #next(): Turn | undefined {
    return this.#lanes.urgent.shift() ?? this.#lanes.usual.shift();
  }
}
