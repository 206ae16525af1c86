import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import { writeBackup } from "../../platform/backup/write.ts";
import { systemClock } from "../../platform/clock.ts";
import { insistOnKnownLayout } from "../../platform/data-format.ts";
import { livingHolder, nodeFileLocks } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { connect } from "../client.ts";
import type { Call } from "../command.ts";
import { readSettings } from "../settings.ts";
import { version } from "../version.ts";

/** Where a backup comes from. */
export interface Source extends AsyncDisposable {
  readonly from: "engine" | "directory";
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The running engine over its doors, or the directory itself, which no engine can start on meanwhile. */
export async function openSource(call: Pick<Call, "given" | "env" | "cwd">, secrets: boolean): Promise<Source> {
  const { config, dataDir } = await readSettings(call);
  const lock = path.join(dataDir, "engine.lock");
  const isHere = (await nodeFiles.exists(dataDir)) && (await livingHolder(lock)) === undefined;
  if (!isHere || !(await hasJournal(dataDir))) return overHttp(call, secrets);
  // Of a newer layout it is not known which files belong to it.
  await insistOnKnownLayout(nodeFiles, dataDir);
  const held = await nodeFileLocks(systemClock).acquire(lock, { waitMs: 0 });
  const wish = { directory: dataDir, keyed: config.journal.key !== undefined, secrets, version };
  return {
    from: "directory",
    chunks: writeBackup({ ...wish, durable: () => Number.POSITIVE_INFINITY, nowMs: systemClock.now() }),
    [Symbol.asyncDispose]: () => held.release(),
  };
}

async function hasJournal(dataDir: string): Promise<boolean> {
  return (await nodeFiles.list(dataDir)).some((name) => /^events(-\d+)?\.jsonl(\.gz)?$/.test(name));
}

async function overHttp(call: Pick<Call, "given" | "env" | "cwd">, secrets: boolean): Promise<Source> {
  const { open } = await connect(call);
  const over = new AbortController();
  const { body } = await open(`/api/v1/backup${secrets ? "?secrets=true" : ""}`, { signal: over.signal });
  if (body === null) throw new AiosError("engine.unreachable", "The engine answered with nothing");
  return {
    from: "engine",
    chunks: told(body),
    [Symbol.asyncDispose]: async () => over.abort(),
  };
}

/** A connection that broke is said to be one: the file is none then. */
async function* told(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* body;
  } catch (cause) {
    throw new AiosError("engine.unreachable", "The engine broke off in the middle of the backup: no file was made", {
      cause,
    });
  }
}
