/** What the engine asks of a disk. Paths are absolute; text is UTF-8. */
export interface Files {
  /** The whole file, or `undefined` when it does not exist. */
  read(path: string): Promise<Uint8Array | undefined>;
  readText(path: string): Promise<string | undefined>;
  /** The bytes from `start` on, in chunks; nothing when the file does not exist. Never blocks a writer. */
  stream(path: string, options?: { readonly start?: number }): AsyncIterable<Uint8Array>;
  /** Replaces the file atomically and durably: a crash leaves the old bytes or the new, never a mixture. */
  write(path: string, content: string | Uint8Array, options?: { readonly mode?: number }): Promise<void>;
  /** Opens a file for appending, creating it durably and readable by its owner alone. */
  append(path: string): Promise<AppendHandle>;
  /** Removes the file; removing what is not there is no error. */
  remove(path: string): Promise<void>;
  list(directory: string): Promise<readonly string[]>;
  makeDirectory(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** The path with every link resolved; of a file that does not exist, its nearest existing parent resolved. */
  realPath(path: string): Promise<string>;
  /** Size in bytes and modification time, or `undefined` when there is no such file. */
  stat(path: string): Promise<FileFacts | undefined>;
  rename(from: string, to: string): Promise<void>;
  /** Changes the permission bits of a file that exists. */
  setMode(path: string, mode: number): Promise<void>;
  /** Makes what was created, renamed and removed in a directory so far survive a power cut. */
  syncDirectory(path: string): Promise<void>;
}

export interface FileFacts {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  readonly mode: number;
  readonly kind: "file" | "directory" | "other";
}

export interface AppendHandle {
  /** The bytes are the caller's again once it resolves or rejects. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once everything written so far survives a power cut. */
  sync(): Promise<void>;
  /** Cuts the file to `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}
