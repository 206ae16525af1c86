import { type Cancel, type Clock, pause } from "../../kernel/clock.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import { backoffMs } from "../../resilience/backoff.ts";
import type { ServerStore } from "./store.ts";

export interface Patience {
  /** A single request may take so long. */
  readonly timeoutMs: number;
  /** So many tries before the server counts as away. */
  readonly attempts: number;
}

const RETRY = { firstMs: 50, factor: 4, maxMs: 1_000 } as const;
/** Between two looks whether the server is back. */
const PROBE = { firstMs: 250, factor: 2, maxMs: 5_000 } as const;
/** How many times as long as a request what comes first may take: a server that has just started is slow. */
const PREPARING = 10;
/** In the middle: one engine needs no spreading among many. */
const MIDDLE = 0.5;

interface Away {
  readonly why: string;
  readonly sinceMs: number;
}

export interface AvailabilityDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ServerStore;
  readonly patience: Patience;
  /** The server answers and has what it needs: what waited is done, then `serve` lets everything else through. */
  readonly back: (serve: () => void) => Promise<void>;
}

/**
 * Whether a server answers. Requests are tried a bounded number of times; once they fail, the server counts as away:
 * requests are then refused at once, and a look every few seconds finds out when it is back.
 */
export class Availability {
  readonly #deps: AvailabilityDeps;
  #away: Away | undefined;
  #looks = 0;
  #nextLook: Cancel | undefined;
  #looking: Promise<void> | undefined;
  /** Changes that were sent and have not ended, also those that nobody waits for any more: the server may yet make them. */
  readonly #sent = new Set<Promise<unknown>>();
  #closed = false;

  constructor(deps: AvailabilityDeps) {
    this.#deps = deps;
  }

  /** Why it counts as away; `undefined` while it answers. */
  get away(): Away | undefined {
    return this.#away;
  }

  /** Connects for the first time. It never rejects: a server that does not answer is away. */
  async begin(): Promise<void> {
    try {
      await this.#connect();
      await this.#deps.back(() => undefined);
    } catch (failure) {
      this.#lose(failure);
    }
  }

  /** The answer of the server. Rejects with `memory.unavailable` when there is none, and with what the server refused. */
  async reach<T>(request: () => Promise<T>): Promise<T> {
    this.demand();
    const { patience, clock } = this.#deps;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#inTime(request);
      } catch (failure) {
        if (!this.#isAway(failure)) throw this.#fault(failure);
        if (this.#closed) throw this.#fault(failure);
        if (this.#away !== undefined || attempt >= patience.attempts) throw this.#refusal(this.#lose(failure));
        await pause(clock, backoffMs(attempt, RETRY, MIDDLE));
      }
    }
  }

  /** As `reach`, for a change: no try that was given up takes effect after what is sent next. */
  async reachInOrder<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await this.reach(() => this.#send(request));
    } finally {
      // While the server is away nothing is sent; `back` waits for what was.
      if (this.#away === undefined) await this.#settled();
    }
  }

  /** Rejects as `reach` would while the server is away. */
  demand(): void {
    if (this.#away !== undefined) throw this.#refusal(this.#away);
  }

  /** What to throw for a failure of something that is too long to be tried again. */
  lost(failure: unknown): AiosError {
    return this.#isAway(failure) && !this.#closed ? this.#refusal(this.#lose(failure)) : this.#fault(failure);
  }

  /** No more looks. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#nextLook?.();
    await this.#looking;
  }

  #lose(failure: unknown): Away {
    const { clock, log, store } = this.#deps;
    this.#away ??= { why: this.#saying(failure), sinceMs: clock.now() };
    if (this.#nextLook === undefined && !this.#closed) {
      log.warn("the memory's server is away", { address: store.address, failure: messageOf(failure) });
      this.#looks = 0;
      this.#lookLater();
    }
    return this.#away;
  }

  #lookLater(): void {
    if (this.#closed) return;
    const { clock } = this.#deps;
    this.#looks += 1;
    this.#nextLook = clock.at(clock.now() + backoffMs(this.#looks, PROBE, MIDDLE), () => {
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    const { store, back, log } = this.#deps;
    try {
      await this.#connect();
      // A server that was held up first does what it was sent before; nothing newer may be overtaken by that.
      await this.#settled();
      if (this.#closed) return;
      await back(() => {
        this.#away = undefined;
        this.#nextLook = undefined;
      });
      log.info("the memory's server is back", { address: store.address });
    } catch (failure) {
      if (this.#away !== undefined && failure instanceof Error)
        this.#away = { ...this.#away, why: this.#saying(failure) };
      this.#lookLater();
    }
  }

  /** A server that answers may take its time to make indexes. */
  async #connect(): Promise<void> {
    const { store, patience } = this.#deps;
    await this.#inTime(() => store.ping());
    await this.#inTime(() => store.connect(), PREPARING * patience.timeoutMs);
  }

  /** A change while the server counts as away: for what has to be done before it counts as back. */
  async direct<T>(request: () => Promise<T>): Promise<T> {
    return this.#inTime(() => this.#send(request), PREPARING * this.#deps.patience.timeoutMs);
  }

  async #inTime<T>(request: () => Promise<T>, timeoutMs = this.#deps.patience.timeoutMs): Promise<T> {
    const { clock } = this.#deps;
    let cancel: Cancel | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      cancel = clock.at(clock.now() + timeoutMs, () => reject(new TooSlow(timeoutMs)));
    });
    try {
      return await Promise.race([request(), late]);
    } finally {
      cancel?.();
    }
  }

  #send<T>(change: () => Promise<T>): Promise<T> {
    const sent = change();
    this.#sent.add(sent);
    const ended = () => this.#sent.delete(sent);
    sent.then(ended, ended);
    return sent;
  }

  /** Resolves when every change that was sent has ended; at the latest when a server that answers has had its time for it. */
  async #settled(): Promise<void> {
    if (this.#sent.size === 0) return;
    const { clock, patience } = this.#deps;
    const waited = new AbortController();
    const sent = [...this.#sent];
    await Promise.race([Promise.allSettled(sent), pause(clock, PREPARING * patience.timeoutMs, waited.signal)]);
    waited.abort();
    for (const one of sent) this.#sent.delete(one);
  }

  #isAway(failure: unknown): boolean {
    return this.#whyAway(failure) !== undefined;
  }

  #whyAway(failure: unknown): string | undefined {
    return failure instanceof TooSlow ? failure.message : this.#deps.store.whyAway(failure);
  }

  #saying(failure: unknown): string {
    return `${this.#deps.store.address} cannot be used: ${this.#whyAway(failure) ?? messageOf(failure)}`;
  }

  #refusal({ why }: Away): AiosError {
    return new AiosError("memory.unavailable", why, { retryAfterSeconds: 5 });
  }

  #fault(failure: unknown): AiosError {
    if (failure instanceof AiosError) return failure;
    const { address } = this.#deps.store;
    return new AiosError("memory.unavailable", `${address} refused a request: ${messageOf(failure)}`, {
      cause: failure,
    });
  }
}

class TooSlow extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${String(timeoutMs)} ms`);
  }
}
