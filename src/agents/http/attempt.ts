import { pause } from "../../kernel/clock.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import { withoutSecrets } from "../../kernel/secrecy.ts";
import type { WebResponse } from "../../kernel/web.ts";
import { abortFailure } from "../abort.ts";
import { type AgentContext, type Attempt, AttemptFailure, type AttemptResult } from "../kind.ts";
import { taskMessageOf, withSetup } from "../protocol.ts";
import { type AttemptReporter, failureOf, relay, reporterOf } from "../reporter.ts";
import { MAX_ANSWER_BYTES, saidIn, statusFailure } from "./answer.ts";
import type { HttpConfig } from "./config.ts";

/** So many looks in a row may fail before the agent counts as lost. */
const LOST_AFTER = 5;

/** One attempt over HTTP: post, then either the result at once or looks at the place it was accepted under. */
export class HttpAttempt {
  readonly #config: HttpConfig;
  readonly #context: AgentContext;
  readonly #attempt: Attempt;
  readonly #signal: AbortSignal;
  readonly #report: AttemptReporter;
  #location: string | undefined;

  constructor(config: HttpConfig, context: AgentContext, attempt: Attempt, signal: AbortSignal) {
    this.#config = config;
    this.#context = context;
    this.#attempt = attempt;
    this.#signal = signal;
    this.#report = reporterOf(attempt, (event) => context.report(event));
  }

  /** @throws {AttemptFailure} */
  async run(): Promise<AttemptResult> {
    try {
      return await this.#exchange();
    } catch (failure) {
      if (this.#signal.aborted) throw abortFailure(this.#signal, undefined, await this.#cancel());
      if (failure instanceof AttemptFailure) throw failure;
      throw networkFailure(failure);
    }
  }

  async #exchange(): Promise<AttemptResult> {
    const asked = withSetup(this.#attempt, this.#config);
    const leftMs = Math.max(1, this.#attempt.deadlineMs - this.#context.ports.clock.now());
    let response = await this.#request("POST", this.#config.url, leftMs, JSON.stringify(taskMessageOf(asked)));
    if (response.status === 202) this.#location = this.#placeOf(response);
    for (let look = 0; response.status === 202; look++) {
      this.#relayProgress(response);
      await this.#wait(response, look);
      response = await this.#look();
    }
    return this.#resultOf(response);
  }

  /** Where to look; within the agent's own origin, so that an answer cannot send the engine elsewhere. */
  #placeOf(response: WebResponse): string {
    const location = response.headers["location"];
    if (location === undefined || !URL.canParse(location, this.#config.url)) {
      throw new AttemptFailure("output", { message: "the agent answered 202 without a valid Location", status: 202 });
    }
    const place = new URL(location, this.#config.url);
    if (place.origin !== new URL(this.#config.url).origin) {
      throw new AttemptFailure("output", {
        message: `the Location leads to another host: ${place.origin}`,
        status: 202,
      });
    }
    return place.href;
  }

  #relayProgress(response: WebResponse): void {
    if (response.body === "") return;
    const said = saidIn(response);
    if (said.kind === "message") relay(said.message, this.#report);
  }

  async #wait(response: WebResponse, look: number): Promise<void> {
    const { pollMs, maxPollMs } = this.#config;
    const asked = Number(response.headers["retry-after"]) * 1_000;
    const own = Math.min(maxPollMs, pollMs * 2 ** Math.min(look, 20));
    await pause(
      this.#context.ports.clock,
      Number.isFinite(asked) && asked > 0 ? Math.min(asked, maxPollMs) : own,
      this.#signal,
    );
    this.#signal.throwIfAborted();
  }

  /** One look at the accepted task; a few that fail on the way are no answer yet. */
  async #look(): Promise<WebResponse> {
    const place = this.#location ?? this.#config.url;
    for (let failures = 1; ; failures++) {
      try {
        const response = await this.#request("GET", place, this.#config.requestTimeoutMs);
        if (response.status < 500 || failures >= LOST_AFTER) return response;
      } catch (failure) {
        if (this.#signal.aborted || failures >= LOST_AFTER) throw failure;
      }
      await pause(this.#context.ports.clock, this.#config.pollMs, this.#signal);
      this.#signal.throwIfAborted();
    }
  }

  #resultOf(response: WebResponse): AttemptResult {
    if (response.status !== 200) throw statusFailure(response);
    const said = saidIn(response);
    if (said.kind === "value") return { output: said.value, ...this.#report.used() };
    const { message } = said;
    if (message.type === "error") throw failureOf(message);
    if (message.type === "result") return { output: message.output, ...this.#report.used() };
    throw new AttemptFailure("output", {
      message: `status 200 must carry the result, but it carries a "${message.type}" message`,
      status: 200,
    });
  }

  /** Tells the agent to stop; answers with what is not certain, if anything. */
  async #cancel(): Promise<string | undefined> {
    if (this.#location === undefined) return undefined;
    const unconfirmed = "the agent did not confirm that it stopped";
    try {
      const { web } = this.#context.ports;
      const { status } = await web.request({
        method: "DELETE",
        url: this.#location,
        headers: this.#headers(),
        timeoutMs: this.#config.requestTimeoutMs,
      });
      return status < 300 || status === 404 || status === 410 ? undefined : `${unconfirmed} (status ${status})`;
    } catch (failure) {
      return `${unconfirmed} (${messageOf(failure)})`;
    }
  }

  /** What the agent answers is told without the token that it was sent. */
  async #request(method: string, url: string, timeoutMs: number, body?: string): Promise<WebResponse> {
    const token = this.#token();
    const response = await this.#context.ports.web.request({
      method,
      url,
      headers: this.#headers(),
      timeoutMs,
      signal: this.#signal,
      maxBytes: MAX_ANSWER_BYTES,
      ...(body === undefined ? {} : { body }),
    });
    return token === undefined ? response : { ...response, body: withoutSecrets(response.body, [token]) };
  }

  #token(): string | undefined {
    const { tokenEnv } = this.#config;
    return tokenEnv === undefined ? undefined : this.#context.environment[tokenEnv];
  }

  #headers(): Record<string, string> {
    const { headers } = this.#config;
    const token = this.#token();
    const { idempotencyKey, traceparent } = this.#attempt;
    return {
      ...headers,
      "content-type": "application/json",
      accept: "application/json",
      "idempotency-key": idempotencyKey,
      ...(traceparent === undefined ? {} : { traceparent }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }
}

function networkFailure(failure: unknown): AttemptFailure {
  const code = failure instanceof AiosError ? failure.code : undefined;
  const facts = { message: messageOf(failure), ...(code === undefined ? {} : { code }), retryable: true };
  return new AttemptFailure(code === "network.timeout" ? "timeout" : "error", facts, { cause: failure });
}
