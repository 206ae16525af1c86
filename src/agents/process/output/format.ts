import type { Attempt, AttemptFailure, AttemptResult } from "../../kind.ts";
import type { AttemptReporter } from "../../reporter.ts";

/** How one format of output is read. */
export interface OutputFormat {
  /** What is written to the program's stdin before it is closed; nothing when `undefined`. */
  input(attempt: Attempt): string | undefined;
  reader(report: AttemptReporter): OutputReader;
}

/** Reads the output of one attempt. */
export interface OutputReader {
  /**
   * Reads to the end of the stream.
   *
   * @throws {AttemptFailure} `output` as soon as the output breaks its promise
   */
  read(stdout: AsyncIterable<Uint8Array>): Promise<void>;
  /** Resolves when the program has said its last word, which may be before it exits; never for some formats. */
  readonly spoken: Promise<void>;
  /** What the program itself said went wrong. */
  failure(): AttemptFailure | undefined;
  /** Whether a result has been read. */
  readonly hasResult: boolean;
  /**
   * The result of a program that ended well.
   *
   * @throws {AttemptFailure} `output` when it gave none
   */
  result(): AttemptResult;
}
