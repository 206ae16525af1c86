import type { AppendHandle, Files } from "../../kernel/files.ts";

/** The open segment as a file: what was written is durable, and what failed left no trace. */
export class SegmentWriter {
  readonly #handle: AppendHandle;
  #sizeBytes: number;
  /** A failed write may have left bytes behind the last good one. */
  #dirty: boolean;

  private constructor(handle: AppendHandle, sizeBytes: number) {
    this.#handle = handle;
    this.#sizeBytes = sizeBytes;
    // What stands behind the good bytes, and whether they are on disk, is not known of a file that others wrote.
    this.#dirty = true;
  }

  /** Opens or creates the file, of which the first `sizeBytes` are good, and makes those durable. */
  static async open(files: Files, path: string, sizeBytes: number): Promise<SegmentWriter> {
    const writer = new SegmentWriter(await files.append(path), sizeBytes);
    try {
      await writer.#takeBack();
      return writer;
    } catch (failure) {
      await writer.close();
      throw failure;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Resolves once the bytes survive a power cut; when it rejects, none of them is there. */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.clean();
      this.#dirty = true;
      await this.#handle.write(bytes);
      await this.#handle.sync();
      this.#dirty = false;
    } catch (failure) {
      await this.#takeBack().catch(() => undefined);
      throw failure;
    }
    this.#sizeBytes += bytes.length;
  }

  /** Resolves once nothing is behind the good bytes. */
  async clean(): Promise<void> {
    if (this.#dirty) await this.#takeBack();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  /** A half-written group must not stay in front of the next one, nor come back after a power cut. */
  async #takeBack(): Promise<void> {
    await this.#handle.truncate(this.#sizeBytes);
    await this.#handle.sync();
    this.#dirty = false;
  }
}
