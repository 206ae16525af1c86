import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Snapshot } from "../../kernel/checkpointed.ts";
import { row } from "../../kernel/shape.ts";
import { Newest } from "./newest.ts";
import type { View } from "./view.ts";

/** One message on one channel. */
export interface NotificationRow {
  readonly key: string;
  readonly channel: string;
  readonly incident?: string | undefined;
  readonly state: "sent" | "retrying" | "given_up";
  readonly text?: string;
  /** Deliveries tried so far, as far as they were told. */
  readonly attempts: number;
  readonly lastError?: string;
  readonly retryAtMs?: number | undefined;
  readonly sentAtMs?: number;
  readonly updatedAtMs: number;
}

/** The outbox: what was delivered and what still has to be. */
export class NotificationsView implements View {
  readonly name = "notifications";
  readonly version = 1;
  readonly #rows: Newest<NotificationRow>;
  readonly apply: (event: AnyEvent) => void;

  constructor(capacity = 1_000) {
    this.#rows = new Newest({ capacity, holds: ({ state }) => state === "retrying" });
    this.apply = dispatcher({
      "notification.sent": ({ data: { key, channel, incidentId, text }, at }) => {
        const before = this.#rows.get(idOf(key, channel));
        this.#rows.set(idOf(key, channel), {
          ...before,
          key,
          channel,
          incident: incidentId,
          state: "sent",
          text,
          attempts: (before?.attempts ?? 0) + 1,
          retryAtMs: undefined,
          sentAtMs: at,
          updatedAtMs: at,
        });
      },
      "notification.failed": ({ data: { key, channel, incidentId, attempt, message, retryAtMs }, at }) =>
        this.#rows.set(idOf(key, channel), {
          key,
          channel,
          incident: incidentId,
          state: retryAtMs === undefined ? "given_up" : "retrying",
          attempts: attempt,
          lastError: message,
          retryAtMs,
          updatedAtMs: at,
        }),
    });
  }

  snapshot(): Snapshot {
    return { rows: this.#rows.snapshot() };
  }

  restore(value: unknown): void {
    this.#rows.restore(
      row<{ readonly rows: unknown }>()(value, this.name).rows,
      row<NotificationRow>(),
      `${this.name}.rows`,
    );
  }

  get(key: string, channel: string): NotificationRow | undefined {
    return this.#rows.get(idOf(key, channel));
  }

  /** Newest first. */
  list(): readonly NotificationRow[] {
    return this.#rows.list();
  }
}

function idOf(key: string, channel: string): string {
  return JSON.stringify([key, channel]);
}
