import { AiosError } from "../../kernel/errors.ts";

/** Version of the backup's own layout. */
export const BACKUP_FORMAT = 1;
/** The first file of a backup: what it is and where the journal stood. */
export const HEAD_NAME = "backup.json";
/** The last file of a backup: every file before it with its size and hash. Without it the backup was cut short. */
export const MANIFEST_NAME = "manifest.json";

export interface BackupHead {
  readonly format: number;
  /** The version of the program that made it. */
  readonly version: string;
  readonly takenAtMs: number;
  readonly secrets: boolean;
  /** The last event it holds, with its seal; sequence 0 for an empty journal. */
  readonly journal: { readonly sequence: number; readonly seal: string; readonly keyed: boolean };
}

export interface BackupFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

export interface Manifest extends BackupHead {
  readonly files: readonly BackupFile[];
}

/** @throws {AiosError} `backup.format` for a newer layout, `backup.invalid` for anything that is no head */
export function parseHead(text: string): BackupHead {
  const { format, version, takenAtMs, secrets, journal } = parseRecord(text, HEAD_NAME);
  if (typeof format !== "number" || !Number.isSafeInteger(format)) throw malformed(HEAD_NAME);
  if (format > BACKUP_FORMAT)
    throw new AiosError(
      "backup.format",
      `it has format ${format} and was made by version ${String(version)}; this version reads up to ${BACKUP_FORMAT}`,
    );
  if (typeof version !== "string" || typeof takenAtMs !== "number" || typeof secrets !== "boolean")
    throw malformed(HEAD_NAME);
  if (!isRecord(journal)) throw malformed(HEAD_NAME);
  const { sequence, seal, keyed } = journal;
  if (typeof sequence !== "number" || typeof seal !== "string" || typeof keyed !== "boolean")
    throw malformed(HEAD_NAME);
  return { format, version, takenAtMs, secrets, journal: { sequence, seal, keyed } };
}

/** @throws {AiosError} `backup.invalid` */
export function parseFiles(text: string): readonly BackupFile[] {
  const { files } = parseRecord(text, MANIFEST_NAME);
  if (!Array.isArray(files)) throw malformed(MANIFEST_NAME);
  return files.map((file: unknown) => {
    if (!isRecord(file)) throw malformed(MANIFEST_NAME);
    const { name, sizeBytes, sha256 } = file;
    if (typeof name !== "string" || typeof sizeBytes !== "number" || typeof sha256 !== "string")
      throw malformed(MANIFEST_NAME);
    return { name, sizeBytes, sha256 };
  });
}

function parseRecord(text: string, name: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw new AiosError("backup.invalid", `its ${name} is no JSON`, { cause });
  }
  throw malformed(name);
}

const malformed = (name: string) => new AiosError("backup.invalid", `its ${name} is not one that a backup has`);

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
