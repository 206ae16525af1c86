import { createHash } from "node:crypto";
import { closeSync, constants, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import type { Tape } from "../../simulation/taped-files.ts";

export interface TapeFile {
  readonly write: Tape;
  /** SHA-256 of all that was written, in hex; ends the tape. */
  digest(): string;
  /** Why the file could not be written to; the digest is right all the same. */
  readonly failure: AiosError | undefined;
  /** Writes what was gathered; what was written survives a power cut. */
  close(): void;
}

const GATHERED_BYTES = 1024 * 1024;

/**
 * Where the bytes of a simulated journal go: into a digest, and into `file` where there is one. It does not wait, so that
 * the disk's pace cannot become the simulation's order of things.
 *
 * @throws {AiosError} `conflict` when the file exists already, `data.unwritable`
 */
export function openTape(file?: string): TapeFile {
  const hash = createHash("sha256");
  const handle = file === undefined ? undefined : create(file);
  let failure: AiosError | undefined;
  let gathered: Uint8Array[] = [];
  let size = 0;
  const flush = () => {
    const bytes = Buffer.concat(gathered);
    gathered = [];
    size = 0;
    if (handle === undefined || failure !== undefined) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    } catch (cause) {
      failure = new AiosError("data.unwritable", `${file} cannot be written to the end`, { cause });
    }
  };
  return {
    write(bytes) {
      hash.update(bytes);
      if (handle === undefined) return;
      gathered.push(bytes);
      size += bytes.length;
      if (size >= GATHERED_BYTES) flush();
    },
    digest: () => hash.digest("hex"),
    get failure() {
      return failure;
    },
    close() {
      flush();
      if (handle === undefined) return;
      fsyncSync(handle);
      closeSync(handle);
    },
  };
}

function create(file: string): number {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST")
      throw new AiosError("conflict", `${file} exists already: name another directory with --out`, { cause });
    throw new AiosError("data.unwritable", `${file} cannot be created`, { cause });
  }
}
