import type { Metric } from "./metrics.ts";

/** The streams and sockets that are open now, so that a shutdown can end them, and what they lost. */
export class Streams {
  readonly #open = new Set<AbortController>();
  #closed = false;
  #dropped = 0;

  /** A signal that aborts when the doors close. Dispose of it when the stream is over. */
  open(): Disposable & { readonly signal: AbortSignal; readonly end: () => void } {
    const controller = new AbortController();
    this.#open.add(controller);
    if (this.#closed) controller.abort();
    return {
      signal: controller.signal,
      end: () => controller.abort(),
      [Symbol.dispose]: () => {
        this.#open.delete(controller);
        controller.abort();
      },
    };
  }

  countDropped(count: number): void {
    this.#dropped += count;
  }

  get closing(): boolean {
    return this.#closed;
  }

  closeAll(): void {
    this.#closed = true;
    for (const controller of this.#open) controller.abort();
  }

  metrics(): readonly Metric[] {
    return [
      {
        kind: "gauge",
        name: "aios_http_streams",
        help: "Event streams and sockets that are open.",
        values: [{ value: this.#open.size }],
      },
      {
        kind: "counter",
        name: "aios_http_stream_dropped_total",
        help: "Messages that slow readers outside lost.",
        values: [{ value: this.#dropped }],
      },
    ];
  }
}
