import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import path from "node:path";
import type { Writable } from "node:stream";
import { lastBytes } from "./last-bytes.ts";

/** Where what one attempt prints goes. Each promise resolves when more can be taken. */
export interface AttemptOutput {
  stdout(chunk: Uint8Array): Promise<void>;
  stderr(chunk: Uint8Array): Promise<void>;
}

/** What is done with the output of all attempts together. */
export interface Output {
  attempt(): AttemptOutput;
  /** Hands back what was held, once it is known which attempt was the last. */
  handBack(): Promise<void>;
}

export interface Streams {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** Everything as it comes. */
export function liveOutput({ stdout, stderr }: Streams): Output {
  const attempt = {
    stdout: (chunk: Uint8Array) => written(stdout, chunk),
    stderr: (chunk: Uint8Array) => written(stderr, chunk),
  };
  return { attempt: () => attempt, handBack: async () => {} };
}

/**
 * Standard error as it comes; standard output when all is over, and of the last attempt alone: a pipe never gets half of
 * one attempt and the whole of another. It waits in files of `directory`.
 */
export function heldOutput({ stdout, stderr }: Streams, directory: string): Output {
  let attempts = 0;
  let last: { readonly file: string; readonly stream: WriteStream } | undefined;
  return {
    attempt() {
      last?.stream.destroy();
      const file = path.join(directory, `stdout-${++attempts}`);
      const stream = createWriteStream(file, { mode: 0o600 });
      last = { file, stream };
      return { stdout: (chunk) => written(stream, chunk), stderr: (chunk) => written(stderr, chunk) };
    },
    async handBack() {
      if (last === undefined) return;
      const { file, stream } = last;
      await new Promise<void>((resolve) => stream.end(resolve));
      for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) await written(stdout, chunk);
    },
  };
}

const COLLECTED_BYTES = 10 * 1024 * 1024;

export interface Collected {
  readonly stdout: string;
  readonly stderr: string;
}

/** Nothing is printed; the end of what the last attempt said can be asked for. */
export function collectedOutput(): Output & { readonly collected: () => Collected } {
  let stdout = lastBytes(COLLECTED_BYTES);
  let stderr = lastBytes(COLLECTED_BYTES);
  return {
    attempt() {
      stdout = lastBytes(COLLECTED_BYTES);
      stderr = lastBytes(COLLECTED_BYTES);
      const [out, err] = [stdout, stderr];
      return { stdout: async (chunk) => out.add(chunk), stderr: async (chunk) => err.add(chunk) };
    },
    handBack: async () => {},
    collected: () => ({ stdout: stdout.text(), stderr: stderr.text() }),
  };
}

function written(stream: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(chunk, (failure) => (failure === null || failure === undefined ? resolve() : reject(failure)));
  });
}
