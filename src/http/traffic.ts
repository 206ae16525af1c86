import type { Clock } from "../kernel/clock.ts";
import type { Metric } from "./metrics.ts";

const BOUNDS_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;

/** Counts the requests and how long they took until their answer began. */
export class Traffic {
  readonly #clock: Clock;
  readonly #answered = new Map<string, { method: string; status: string; count: number }>();
  readonly #buckets = BOUNDS_SECONDS.map(() => 0);
  #sum = 0;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): (method: string, status: number) => void {
    const from = this.#clock.monotonic();
    return (method, status) => this.#record(method, String(status), (this.#clock.monotonic() - from) / 1000);
  }

  #record(method: string, status: string, seconds: number): void {
    // A method that nobody knows is a label that nobody bounds.
    const known = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/.test(method) ? method : "other";
    const key = `${known} ${status}`;
    const answered = this.#answered.get(key) ?? { method: known, status, count: 0 };
    answered.count++;
    this.#answered.set(key, answered);
    this.#sum += seconds;
    this.#count++;
    BOUNDS_SECONDS.forEach((bound, index) => {
      if (seconds <= bound) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    });
  }

  metrics(): readonly Metric[] {
    return [
      {
        kind: "counter",
        name: "aios_http_requests_total",
        help: "Requests answered.",
        values: [...this.#answered.values()].map(({ method, status, count }) => ({
          labels: { method, status },
          value: count,
        })),
      },
      {
        kind: "histogram",
        name: "aios_http_request_seconds",
        help: "Time until an answer began.",
        values: [
          {
            buckets: BOUNDS_SECONDS.map((le, index) => ({ le, count: this.#buckets[index] ?? 0 })),
            sum: this.#sum,
            count: this.#count,
          },
        ],
      },
    ];
  }
}
