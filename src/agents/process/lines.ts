import { AttemptFailure } from "../kind.ts";

/** The most that one result may have, in bytes: of a line, or of a whole text. */
export const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;
const NEWLINE = 10;

/** The failure of an output that does not fit. */
export function tooMuchOutput(what: string): AttemptFailure {
  return new AttemptFailure("output", {
    message: `${what} is larger than 10 MiB; write large results into a file and answer with its path`,
    retryable: false,
  });
}

/**
 * The lines of a stream, without their ends; a last line without an end counts, and empty ones do not.
 *
 * @throws {AttemptFailure} `output` when a line is larger than `maxBytes`
 */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = MAX_OUTPUT_BYTES,
): AsyncGenerator<string, void, void> {
  let pieces: Uint8Array[] = [];
  let held = 0;
  const take = (): string => {
    const line = decode(pieces);
    pieces = [];
    held = 0;
    return line;
  };
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      if (held + end - from > maxBytes) throw tooMuchOutput("a line of the output");
      pieces.push(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line !== "") yield line;
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
    held += chunk.length - from;
    if (held > maxBytes) throw tooMuchOutput("a line of the output");
  }
  const last = take();
  if (last !== "") yield last;
}

/**
 * The whole stream as text.
 *
 * @throws {AttemptFailure} `output` when it is larger than `maxBytes`
 */
export async function textOf(stream: AsyncIterable<Uint8Array>, maxBytes = MAX_OUTPUT_BYTES): Promise<string> {
  const pieces: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of stream) {
    held += chunk.length;
    if (held > maxBytes) throw tooMuchOutput("the output");
    pieces.push(chunk);
  }
  return decode(pieces).replace(/^\uFEFF/, "");
}

/** Decoded as one, so that a character may lie across two chunks. */
function decode(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  for (const piece of pieces) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}
