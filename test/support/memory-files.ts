import type { AppendHandle, FileFacts, Files } from "../../src/kernel/files.ts";

interface Stored {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

const encoder = new TextEncoder();

/** A disk in memory: for engines on virtual time, which must not wait for a real one. It has no links and no rights. */
export class MemoryFiles implements Files {
  readonly #stored = new Map<string, Stored>();
  readonly #directories = new Set<string>();

  async read(path: string): Promise<Uint8Array | undefined> {
    return this.#stored.get(path)?.bytes;
  }

  async readText(path: string): Promise<string | undefined> {
    const stored = this.#stored.get(path);
    return stored === undefined ? undefined : new TextDecoder().decode(stored.bytes);
  }

  async *stream(path: string, { start = 0 }: { readonly start?: number } = {}): AsyncIterable<Uint8Array> {
    const stored = this.#stored.get(path);
    if (stored !== undefined) yield stored.bytes.subarray(start);
  }

  async write(path: string, content: string | Uint8Array, { mode = 0o600 }: { readonly mode?: number } = {}) {
    this.#stored.set(path, { bytes: typeof content === "string" ? encoder.encode(content) : content.slice(), mode });
  }

  async append(path: string): Promise<AppendHandle> {
    return {
      write: async (bytes) => this.write(path, Buffer.concat([(await this.read(path)) ?? new Uint8Array(), bytes])),
      sync: async () => {},
      truncate: async (size) => this.write(path, ((await this.read(path)) ?? new Uint8Array()).subarray(0, size)),
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
    if (stored !== undefined)
      return { sizeBytes: stored.bytes.length, modifiedAtMs: 0, mode: stored.mode, kind: "file" };
    return this.#directories.has(path) ? { sizeBytes: 0, modifiedAtMs: 0, mode: 0o700, kind: "directory" } : undefined;
  }

  async rename(from: string, to: string): Promise<void> {
    const stored = this.#stored.get(from);
    if (stored === undefined) throw new Error(`${from} does not exist`);
    this.#stored.delete(from);
    this.#stored.set(to, stored);
  }
}
