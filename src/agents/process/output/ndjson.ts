import { AttemptFailure } from "../../kind.ts";
import { type ErrorMessage, type ResultMessage, taskMessageOf } from "../../protocol.ts";
import { type AttemptReporter, failureOf, relay } from "../../reporter.ts";
import { linesOf } from "../lines.ts";
import type { OutputFormat, OutputReader } from "./format.ts";
import { parseMessage } from "./message.ts";

/** The protocol of docs/reference/agent-protocol.md, one message a line. What comes after the last word is ignored. */
export const ndjson: OutputFormat = {
  input: (attempt) => `${JSON.stringify(taskMessageOf(attempt))}\n`,
  reader: (report) => new NdjsonReader(report),
};

class NdjsonReader implements OutputReader {
  readonly spoken: Promise<void>;
  readonly #report: AttemptReporter;
  #speak: () => void = () => {};
  #last: ResultMessage | ErrorMessage | undefined;

  constructor(report: AttemptReporter) {
    this.#report = report;
    this.spoken = new Promise((resolve) => {
      this.#speak = resolve;
    });
  }

  async read(stdout: AsyncIterable<Uint8Array>): Promise<void> {
    let lineNumber = 0;
    for await (const line of linesOf(stdout)) {
      lineNumber += 1;
      if (this.#last === undefined) this.#take(line, lineNumber);
    }
  }

  #take(line: string, lineNumber: number): void {
    const message = parseMessage(line, lineNumber);
    if (message === undefined) this.#report.log(line);
    else relay(message, this.#report);
    if (message?.type !== "result" && message?.type !== "error") return;
    this.#last = message;
    this.#speak();
  }

  get hasResult(): boolean {
    return this.#last?.type === "result";
  }

  failure(): AttemptFailure | undefined {
    return this.#last?.type === "error" ? failureOf(this.#last) : undefined;
  }

  result() {
    if (this.#last?.type === "result") return { output: this.#last.output, ...this.#report.used() };
    throw new AttemptFailure("output", {
      message:
        'the program ended without a "result" or "error" message; if it does not speak the protocol, set `output`',
    });
  }
}
