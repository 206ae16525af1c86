import type { Cause } from "../events/envelope.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { Web } from "../kernel/web.ts";
import type { Insist } from "./insist.ts";

export interface OutboxDeps {
  readonly insist: Insist;
  readonly clock: Clock;
  readonly log: Log;
  readonly web: Web;
  readonly webhook: string | undefined;
  readonly retryMs: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
  /** What the journal says of a message so far; `undefined` when nothing. */
  readonly told: (key: string, channel: Mail["channel"]) => Told | undefined;
}

interface Told {
  readonly state: "sent" | "retrying" | "given_up";
  readonly attempts: number;
}

export interface Mail {
  readonly key: string;
  readonly text: string;
  readonly channel: "log" | "webhook";
  readonly url?: string | undefined;
  readonly incidentId?: string;
}

/**
 * Delivers messages: each key once, failures again until delivered or out of attempts; both ends are journaled, and the
 * tries are counted over restarts. What the journal says is sent is never sent again, whoever asks. A message whose delivery was not journaled before a crash is sent again: twice is better than never.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** Every configured channel: always the log, and the webhook where there is one. */
  async tell(message: Omit<Mail, "channel" | "url">, cause: Cause): Promise<void> {
    const ways: Mail[] = [{ ...message, channel: "log" }];
    if (this.#deps.webhook !== undefined)
      ways.unshift({ ...message, key: `${message.key}/webhook`, channel: "webhook" });
    for (const mail of ways) await this.send(mail, cause);
  }

  send(mail: Mail, cause: Cause): Promise<void> {
    const present = this.#underWay.get(mail.key);
    if (present !== undefined) return present;
    const sending = this.#deliver(mail, cause).finally(() => this.#underWay.delete(mail.key));
    this.#underWay.set(mail.key, sending);
    return sending;
  }

  async #deliver(mail: Mail, cause: Cause): Promise<void> {
    const { insist, clock, retryMs, attempts, signal } = this.#deps;
    const about = {
      key: mail.key,
      channel: mail.channel,
      ...(mail.incidentId === undefined ? {} : { incidentId: mail.incidentId }),
    };
    const told = this.#deps.told(mail.key, mail.channel);
    if (told?.state === "sent") return;
    for (let attempt = 1 + (told?.attempts ?? 0); !signal.aborted; attempt++) {
      const failure = await this.#hand(mail).then(
        () => undefined,
        (thrown: unknown) => messageOf(thrown),
      );
      if (failure === undefined) {
        const idempotencykey = `notification.sent:${mail.key}`;
        await insist(() => ({ type: "notification.sent", cause, idempotencykey, data: { ...about, text: mail.text } }));
        return;
      }
      const last = attempt >= attempts;
      const retry = last ? {} : { retryAtMs: clock.now() + retryMs * attempt };
      const data = { ...about, attempt, message: failure, ...retry };
      await insist(() => ({ type: "notification.failed", cause, data }));
      if (last) return;
      await pause(clock, retryMs * attempt, signal);
    }
  }

  async #hand(mail: Mail): Promise<void> {
    if (mail.channel === "log") {
      this.#deps.log.warn("notification", { key: mail.key, text: mail.text });
      return;
    }
    const url = mail.url ?? this.#deps.webhook;
    if (url === undefined) throw new Error("no webhook is configured: set notify.webhook");
    const body = JSON.stringify({ key: mail.key, text: mail.text });
    const headers = { "content-type": "application/json", "idempotency-key": mail.key };
    const answer = await this.#deps.web.request({
      method: "POST",
      url,
      headers,
      body,
      timeoutMs: 10_000,
      signal: this.#deps.signal,
    });
    if (answer.status >= 300) throw new Error(`the webhook answered ${answer.status}`);
  }
}
