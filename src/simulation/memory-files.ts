import type { AppendHandle, FileFacts, Files } from "../kernel/files.ts";

/** A file grows by doubling: appending to it costs what is appended. */
interface Stored {
  bytes: Uint8Array;
  /** Bytes of it that are the file's. */
  length: number;
  mode: number;
}

const encoder = new TextEncoder();

/** A disk in memory: for engines on virtual time, which must not wait for a real one. It has no links and no rights. */
export class MemoryFiles implements Files {
  readonly #stored = new Map<string, Stored>();
  readonly #directories = new Set<string>();

  async read(path: string): Promise<Uint8Array | undefined> {
    const stored = this.#stored.get(path);
    return stored === undefined ? undefined : contentOf(stored);
  }

  async readText(path: string): Promise<string | undefined> {
    const stored = this.#stored.get(path);
    return stored === undefined ? undefined : new TextDecoder().decode(contentOf(stored));
  }

  async *stream(path: string, { start = 0 }: { readonly start?: number } = {}): AsyncIterable<Uint8Array> {
    const stored = this.#stored.get(path);
    if (stored !== undefined) yield contentOf(stored).subarray(start);
  }

  async write(path: string, content: string | Uint8Array, { mode = 0o600 }: { readonly mode?: number } = {}) {
    const bytes = typeof content === "string" ? encoder.encode(content) : content.slice();
    this.#stored.set(path, { bytes, length: bytes.length, mode });
  }

  async append(path: string): Promise<AppendHandle> {
    const stored = this.#stored.get(path) ?? { bytes: new Uint8Array(0), length: 0, mode: 0o600 };
    this.#stored.set(path, stored);
    return {
      write: async (bytes) => extend(stored, bytes),
      sync: async () => {},
      truncate: async (sizeBytes) => {
        stored.length = Math.min(stored.length, sizeBytes);
      },
      close: async () => {},
    };
  }

  async remove(path: string): Promise<void> {
    this.#stored.delete(path);
  }

  async list(directory: string): Promise<readonly string[]> {
    const inside = [...this.#stored.keys()].filter((path) => path.startsWith(`${directory}/`));
    return inside.map((path) => path.slice(directory.length + 1)).filter((name) => !name.includes("/"));
  }

  async makeDirectory(path: string): Promise<void> {
    this.#directories.add(path);
  }

  async exists(path: string): Promise<boolean> {
    return this.#stored.has(path) || this.#directories.has(path);
  }

  async realPath(path: string): Promise<string> {
    return path;
  }

  async stat(path: string): Promise<FileFacts | undefined> {
    const stored = this.#stored.get(path);
    if (stored !== undefined) return { sizeBytes: stored.length, modifiedAtMs: 0, mode: stored.mode, kind: "file" };
    return this.#directories.has(path) ? { sizeBytes: 0, modifiedAtMs: 0, mode: 0o700, kind: "directory" } : undefined;
  }

  async syncDirectory(): Promise<void> {}

  async setMode(path: string, mode: number): Promise<void> {
    const stored = this.#stored.get(path);
    if (stored === undefined) throw new Error(`${path} does not exist`);
    stored.mode = mode;
  }

  async rename(from: string, to: string): Promise<void> {
    const stored = this.#stored.get(from);
    if (stored === undefined) throw new Error(`${from} does not exist`);
    this.#stored.delete(from);
    this.#stored.set(to, stored);
  }
}

function contentOf({ bytes, length }: Stored): Uint8Array {
  return bytes.subarray(0, length);
}

function extend(stored: Stored, more: Uint8Array): void {
  const length = stored.length + more.length;
  if (length > stored.bytes.length) {
    const roomier = new Uint8Array(Math.max(length, 2 * stored.bytes.length));
    roomier.set(contentOf(stored));
    stored.bytes = roomier;
  }
  stored.bytes.set(more, stored.length);
  stored.length = length;
}
