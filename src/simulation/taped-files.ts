import { AiosError } from "../kernel/errors.ts";
import type { AppendHandle, FileFacts } from "../kernel/files.ts";
import { MemoryFiles } from "./memory-files.ts";

/** Takes the bytes of the journal as they are written, in order. Must not wait: virtual time stands still meanwhile. */
export type Tape = (bytes: Uint8Array) => void;

/** Of the journal so much is kept for whoever reads behind; older bytes are on the tape alone. */
const KEPT_BYTES = 32 * 1024 * 1024;

interface Chunk {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/**
 * A disk in memory whose one growing file, the journal, goes to a tape: a week of events is too much to be kept. Its
 * newest bytes can be read again.
 */
export class TapedFiles extends MemoryFiles {
  readonly #path: string;
  readonly #tape: Tape;
  #chunks: Chunk[] = [];
  #oldest = 0;
  #length = 0;

  /** @param path the file that goes to the tape */
  constructor(path: string, tape: Tape) {
    super();
    this.#path = path;
    this.#tape = tape;
  }

  override async append(path: string): Promise<AppendHandle> {
    if (path !== this.#path) return super.append(path);
    return {
      write: async (bytes) => this.#write(new Uint8Array(bytes)),
      sync: async () => {},
      truncate: async (sizeBytes) => {
        if (sizeBytes !== this.#length) throw new AiosError("internal", "what went to the tape cannot be taken back");
      },
      close: async () => {},
    };
  }

  override async *stream(path: string, options: { readonly start?: number } = {}): AsyncIterable<Uint8Array> {
    if (path !== this.#path) {
      yield* super.stream(path, options);
      return;
    }
    const { start = 0 } = options;
    const kept = this.#chunks.slice(this.#oldest);
    if (start < (kept[0]?.start ?? this.#length))
      throw new AiosError("journal.unavailable", "a simulation keeps the newest events of its journal alone");
    for (const chunk of kept) {
      const from = Math.max(0, start - chunk.start);
      if (from < chunk.bytes.length) yield chunk.bytes.subarray(from);
    }
  }

  override async stat(path: string): Promise<FileFacts | undefined> {
    if (path !== this.#path) return super.stat(path);
    return { sizeBytes: this.#length, modifiedAtMs: 0, mode: 0o600, kind: "file" };
  }

  override async exists(path: string): Promise<boolean> {
    return path === this.#path ? this.#length > 0 : super.exists(path);
  }

  #write(bytes: Uint8Array): void {
    this.#tape(bytes);
    this.#chunks.push({ start: this.#length, bytes });
    this.#length += bytes.length;
    while (this.#length - (this.#chunks[this.#oldest]?.start ?? this.#length) > KEPT_BYTES) this.#oldest++;
    if (this.#oldest * 2 <= this.#chunks.length || this.#oldest < 1_024) return;
    this.#chunks = this.#chunks.slice(this.#oldest);
    this.#oldest = 0;
  }
}
