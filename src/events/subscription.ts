import type { AnyEvent } from "./envelope.ts";

/**
 * What happens when a subscriber is slower than the events: `drop_oldest` and `drop_newest` lose events and count them,
 * `close` ends the subscription, `catch_up` loses nothing and reads what it missed from the journal.
 */
export type Overflow = "drop_oldest" | "drop_newest" | "close" | "catch_up";

export interface SubscriptionOptions {
  /** Names the subscriber in reports. */
  readonly name: string;
  /** Events that may wait for this subscriber; 1,024 unless told. */
  readonly capacity?: number;
  /** `catch_up` unless told. */
  readonly overflow?: Overflow;
}

export interface Subscription extends Disposable {
  readonly name: string;
  /** Events this subscriber lost to its overflow policy. */
  readonly dropped: number;
  readonly waiting: number;
  readonly closed: boolean;
}

export interface SubscriptionHost {
  readonly matches: (event: AnyEvent) => boolean;
  readonly handle: (event: AnyEvent) => void | Promise<void>;
  readonly missed: (after: number, until: number) => AsyncIterable<AnyEvent>;
  readonly failed: (event: AnyEvent, failure: unknown) => void;
  readonly released: () => void;
}

/**
 * One subscriber's bounded queue.
 *
 * Invariants:
 *  1. Events are handled one after the other, in sequence order, each at most once.
 *  2. With `catch_up` each matching event is handled exactly once while the process lives.
 *  3. A failing handler is reported and the next event follows.
 */
export class QueuedSubscription implements Subscription {
  readonly name: string;
  readonly #capacity: number;
  readonly #overflow: Overflow;
  readonly #host: SubscriptionHost;
  #queue: AnyEvent[] = [];
  #dropped = 0;
  #closed = false;
  #busy = false;
  #handled = 0;
  /** Where the journal has to be read from and up to, while events are being caught up with. */
  #behind: { readonly after: number; until: number } | undefined;

  constructor(options: SubscriptionOptions, host: SubscriptionHost) {
    this.name = options.name;
    this.#capacity = options.capacity ?? 1024;
    this.#overflow = options.overflow ?? "catch_up";
    this.#host = host;
  }

  get dropped(): number {
    return this.#dropped;
  }
  get waiting(): number {
    return this.#queue.length;
  }
  get closed(): boolean {
    return this.#closed;
  }

  offer(event: AnyEvent): void {
    if (this.#closed || !this.#host.matches(event)) return;
    if (this.#behind !== undefined) {
      this.#behind.until = event.sequence;
      return;
    }
    if (this.#queue.length >= this.#capacity && !this.#makeRoom(event)) return;
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    queueMicrotask(() => void this.#drain());
  }

  #makeRoom(event: AnyEvent): boolean {
    switch (this.#overflow) {
      case "drop_oldest":
        this.#queue.shift();
        this.#dropped++;
        return true;
      case "drop_newest":
        this.#dropped++;
        return false;
      case "close":
        this.#dropped += this.#queue.length + 1;
        this[Symbol.dispose]();
        return false;
      case "catch_up": {
        const last = this.#queue.at(-1)?.sequence ?? this.#handled;
        this.#behind = { after: last, until: event.sequence };
        return false;
      }
    }
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#closed) {
        const event = this.#queue.shift();
        if (event !== undefined) await this.#handle(event);
        else if (this.#behind !== undefined) await this.#catchUp();
        else return;
      }
    } finally {
      this.#busy = false;
    }
  }

  async #catchUp(): Promise<void> {
    let after = this.#behind?.after ?? 0;
    while (this.#behind !== undefined && after < this.#behind.until && !this.#closed) {
      const { until } = this.#behind;
      for await (const event of this.#host.missed(after, until)) {
        if (this.#closed) return;
        if (this.#host.matches(event)) await this.#handle(event);
      }
      after = until;
    }
    this.#behind = undefined;
  }

  async #handle(event: AnyEvent): Promise<void> {
    this.#handled = event.sequence;
    try {
      const pending = this.#host.handle(event);
      if (pending !== undefined) await pending;
    } catch (failure) {
      this.#host.failed(event, failure);
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue = [];
    this.#host.released();
  }
}
