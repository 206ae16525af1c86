import { z } from "zod";
import { json } from "../../../events/vocabulary.ts";
import type { Json } from "../../../kernel/json.ts";
import { AttemptFailure, type AttemptResult } from "../../kind.ts";
import { bounded } from "../../protocol.ts";
import type { AttemptReporter } from "../../reporter.ts";
import { linesOf } from "../lines.ts";
import type { OutputFormat, OutputReader } from "./format.ts";
import { plainInput } from "./text.ts";

/** One JSON object a line, as coding agents print. What is not understood is kept as a log line. */
export const streamJson: OutputFormat = {
  input: plainInput,
  reader: (report) => new StreamJsonReader(report),
};

const tokens = z.object({ input_tokens: z.number().optional(), output_tokens: z.number().optional() });
const block = z.object({
  type: z.string(),
  name: z.string().optional(),
  text: z.string().optional(),
  input: json.optional(),
});

/** A turn of the model: text, calls of tools, and what it used. */
const assistantLine = z.object({
  type: z.literal("assistant"),
  message: z.object({ content: z.array(block), model: z.string().optional() }),
});

/** The end of a run, with the sum of what was used. */
const resultLine = z.object({
  type: z.literal("result"),
  subtype: z.string().optional(),
  is_error: z.boolean().optional(),
  result: json.optional(),
  error: z.string().optional(),
  usage: tokens.optional(),
  total_cost_usd: z.number().optional(),
});

/** A finished item of a turn, in the other widespread dialect. */
const itemLine = z.object({
  type: z.literal("item.completed"),
  item: z.object({
    type: z.string(),
    text: z.string().optional(),
    command: z.string().optional(),
    tool: z.string().optional(),
  }),
});
const turnLine = z.object({ type: z.literal("turn.completed"), usage: tokens.optional() });
const failedLine = z.object({ type: z.literal("turn.failed"), error: z.object({ message: z.string() }) });

const knownLine = z.discriminatedUnion("type", [assistantLine, resultLine, itemLine, turnLine, failedLine]);
type KnownLine = z.infer<typeof knownLine>;

class StreamJsonReader implements OutputReader {
  readonly spoken: Promise<void>;
  readonly #report: AttemptReporter;
  #speak: () => void = () => {};
  #output: Json | undefined;
  #lastText: string | undefined;
  #model: string | undefined;
  #failure: AttemptFailure | undefined;

  constructor(report: AttemptReporter) {
    this.#report = report;
    this.spoken = new Promise((resolve) => {
      this.#speak = resolve;
    });
  }

  async read(stdout: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const line of linesOf(stdout)) {
      const known = knownLine.safeParse(parsedOrText(line));
      if (known.success) this.#take(known.data);
      else this.#report.log(line);
    }
  }

  #take(line: KnownLine): void {
    switch (line.type) {
      case "assistant":
        this.#takeTurn(line);
        break;
      case "result":
        this.#takeResult(line);
        break;
      case "item.completed": {
        const { type, text, command, tool } = line.item;
        if (type === "agent_message") this.#lastText = text;
        else this.#report.progress({ message: command ?? tool ?? type });
        break;
      }
      case "turn.completed":
        this.#use(line.usage, undefined);
        break;
      case "turn.failed":
        this.#failure = new AttemptFailure("error", { message: bounded(line.error.message) });
    }
  }

  #takeTurn({ message }: z.infer<typeof assistantLine>): void {
    this.#model = message.model ?? this.#model;
    for (const { type, name, text, input } of message.content) {
      if (type === "tool_use") {
        this.#report.progress({ message: name ?? "a tool" });
        this.#report.toolCall(name ?? "a tool", input);
      }
      if (type === "text" && text !== undefined) this.#lastText = text;
    }
  }

  #takeResult(line: z.infer<typeof resultLine>): void {
    this.#use(line.usage, line.total_cost_usd);
    if (line.is_error === true || line.error !== undefined) {
      const message =
        line.error ?? (typeof line.result === "string" ? line.result : (line.subtype ?? "the run failed"));
      this.#failure = new AttemptFailure("error", {
        message: bounded(message),
        ...(line.subtype === undefined ? {} : { code: line.subtype }),
      });
    } else {
      this.#failure = undefined;
      this.#output = line.result ?? this.#lastText ?? null;
    }
    this.#speak();
  }

  #use(usage: z.infer<typeof tokens> | undefined, costUsd: number | undefined): void {
    const inputTokens = usage?.input_tokens;
    const outputTokens = usage?.output_tokens;
    if (inputTokens === undefined && outputTokens === undefined && costUsd === undefined) return;
    this.#report.usage({
      ...(inputTokens === undefined ? {} : { inputTokens }),
      ...(outputTokens === undefined ? {} : { outputTokens }),
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(this.#model === undefined ? {} : { model: this.#model }),
    });
  }

  get hasResult(): boolean {
    return this.#output !== undefined;
  }

  failure(): AttemptFailure | undefined {
    return this.#failure;
  }

  result(): AttemptResult {
    const output = this.#output ?? this.#lastText;
    if (output !== undefined) return { output, ...this.#report.used() };
    throw new AttemptFailure("output", { message: "the program printed no result and no text of its model" });
  }
}

function parsedOrText(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
