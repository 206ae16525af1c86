import { z } from "zod";
import { pause } from "../../kernel/clock.ts";
import { AiosError, asAiosError, messageOf } from "../../kernel/errors.ts";
import type { WebResponse } from "../../kernel/web.ts";
import { backoffMs } from "../../resilience/backoff.ts";
import { checked } from "../checked.ts";
import { knownScripts } from "../meaning/scripts.ts";
import { type Embedder, type EmbedderPorts, embedderKind, type TextRole } from "./kind.ts";

const options = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/[^\s@]+$/, "a URL as http://HOST:PORT/v1, without user")
    .default("http://127.0.0.1:11434/v1")
    .describe("The server; `/embeddings` is added to it."),
  model: z.string().min(1).default("all-minilm").describe("As the server calls it."),
  key: z.string().min(1).optional().describe("Sent as a bearer token; better given by the environment."),
  dtype: z
    .string()
    .min(1)
    .default("served")
    .describe("Name of the weights' type, to tell apart vectors of a model that is served in several."),
  dimension: z
    .number()
    .int()
    .min(2)
    .max(8_192)
    .optional()
    .describe("Numbers in a vector, where that is to be checked; else what the first one has."),
  scripts: knownScripts
    .default(["Latin"])
    .describe('Scripts that the model has learned, by their Unicode names; `"any"` for a multilingual one.'),
  questionPrefix: z.string().default("").describe("What the model wants before a question."),
  passagePrefix: z.string().default("").describe("What the model wants before everything else."),
  batch: z.number().int().min(1).max(2_048).default(32).describe("Texts in one request, at most."),
  attempts: z.number().int().min(1).max(20).default(4).describe("Tries of one request; a question has one."),
  timeoutMs: z.number().int().positive().default(10_000).describe("What one request may take."),
});
type Options = z.output<typeof options>;

const answer = z.object({
  data: z.array(z.object({ index: z.number().int().nonnegative().optional(), embedding: z.array(z.number()) })),
});

const RETRY = { firstMs: 250, factor: 3, maxMs: 10_000 } as const;
/** In the middle: one engine needs no spreading among many. */
const MIDDLE = 0.5;
/** A number takes up to 25 characters; the largest batch of the largest vectors stays below it. */
const MOST_BYTES = 512 * 1024 * 1024;

/** Any server that speaks OpenAI's embeddings: hosted ones, Ollama, vLLM, text-embeddings-inference, llama.cpp. */
export const http = embedderKind({
  name: "http",
  says: "A server that speaks OpenAI's embeddings.",
  options,
  async open(given, ports) {
    const server = new EmbeddingsServer(given, ports);
    const [sample] = await server.embed(["dimension"], "passage");
    const dimension = sample?.length ?? 0;
    if (given.dimension !== undefined && given.dimension !== dimension)
      throw new AiosError(
        "embedder.invalid",
        `${given.model} at ${given.url} gives vectors of ${String(dimension)} numbers, the configuration says ${String(given.dimension)}`,
      );
    const { model: name, dtype, scripts, questionPrefix, passagePrefix } = given;
    const prefixes = [questionPrefix, passagePrefix].filter((prefix) => prefix !== "");
    const form = prefixes.length === 0 ? undefined : prefixes.join("|");
    return { model: { name, dtype, form, dimension, scripts }, embed: (texts, as) => server.embed(texts, as) };
  },
});

class EmbeddingsServer implements Pick<Embedder, "embed"> {
  readonly #options: Options;
  readonly #ports: EmbedderPorts;

  constructor(given: Options, ports: EmbedderPorts) {
    this.#options = given;
    this.#ports = ports;
  }

  async embed(texts: readonly string[], as: TextRole): Promise<readonly Float32Array[]> {
    const { batch, questionPrefix, passagePrefix } = this.#options;
    const prefix = as === "question" ? questionPrefix : passagePrefix;
    const vectors: Float32Array[] = [];
    for (let at = 0; at < texts.length; at += batch) {
      // Servers refuse what is empty.
      const input = texts.slice(at, at + batch).map((text) => `${prefix}${text.trim() === "" ? "-" : text}`);
      vectors.push(...(await this.#vectorsOf(input, as)));
    }
    return vectors;
  }

  /** Someone waits for a question: it is not tried again. */
  async #vectorsOf(input: readonly string[], as: TextRole): Promise<readonly Float32Array[]> {
    const attempts = as === "question" ? 1 : this.#options.attempts;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#request(input);
      if ("vectors" in outcome) return outcome.vectors;
      if (!outcome.again || attempt >= attempts) throw outcome.failure;
      await pause(this.#ports.clock, outcome.afterMs ?? backoffMs(attempt, RETRY, MIDDLE));
    }
  }

  async #request(input: readonly string[]): Promise<Outcome> {
    const { url, model, key, timeoutMs } = this.#options;
    try {
      const response = await this.#ports.web.request({
        method: "POST",
        url: `${url.replace(/\/+$/, "")}/embeddings`,
        headers: {
          "content-type": "application/json",
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        body: JSON.stringify({ model, input, encoding_format: "float" }),
        timeoutMs,
        maxBytes: MOST_BYTES,
      });
      if (response.status !== 200) return this.#refused(response);
      return { vectors: this.#read(response.body, input.length) };
    } catch (failure) {
      const known = asAiosError(failure);
      if (known.code === "embedder.invalid") return { failure: known, again: false };
      return { failure: this.#failure(messageOf(failure), failure), again: true };
    }
  }

  #refused({ status, headers, body }: WebResponse): Outcome {
    const afterSeconds = Number(headers["retry-after"]);
    const afterMs =
      Number.isFinite(afterSeconds) && afterSeconds > 0 ? Math.min(afterSeconds * 1000, RETRY.maxMs) : undefined;
    const said = body.replace(/\s+/g, " ").slice(0, 300);
    const failure = this.#failure(`${this.#options.url} answered ${String(status)}${said === "" ? "" : `: ${said}`}`);
    return { failure, again: status === 408 || status === 429 || status >= 500, afterMs };
  }

  #read(body: string, wanted: number): readonly Float32Array[] {
    const { data } = checked(answer, parsed(body), `what ${this.#options.url} answered`);
    const vectors: (Float32Array | undefined)[] = Array.from({ length: wanted }, () => undefined);
    data.forEach(({ index, embedding }, at) => {
      vectors[index ?? at] = Float32Array.from(embedding);
    });
    const whole = vectors.filter((vector) => vector !== undefined);
    if (whole.length === wanted && vectors.length === wanted) return whole;
    throw new AiosError(
      "embedder.invalid",
      `${this.#options.url} gave ${String(data.length)} vectors for ${String(wanted)} texts`,
    );
  }

  #failure(detail: string, cause?: unknown): AiosError {
    return new AiosError("embedder.unavailable", detail, { cause, retryAfterSeconds: 5 });
  }
}

type Outcome =
  | { readonly vectors: readonly Float32Array[] }
  | { readonly failure: AiosError; readonly again: boolean; readonly afterMs?: number | undefined };

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
