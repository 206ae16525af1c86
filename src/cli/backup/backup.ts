import { randomBytes } from "node:crypto";
import { link, open, unlink } from "node:fs/promises";
import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import { isoTime } from "../../kernel/iso-time.ts";
import type { Manifest } from "../../platform/backup/manifest.ts";
import { readBackup } from "../../platform/backup/read.ts";
import { errnoOf } from "../../platform/errno.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { progressOf } from "./progress.ts";
import { openSource } from "./source.ts";

export const backup: Command = {
  name: "backup",
  summary: "Take the engine's data along in one file, while it works or when none runs",
  operands: [
    {
      name: "FILE",
      says: "where to write it, - for standard output; aios-TIME.tar.gz here unless told",
      optional: true,
    },
  ],
  options: { "with-secrets": { type: "boolean", says: "the operator's own token too, in plain text" } },
  notes: [
    "A tar.gz with the journal up to an event, the memory, outputs, the hashes of tokens and the kill switch. Every byte is",
    "checked while it is written, and a file has its name only when all of it is there. Agents' working directories, the",
    "configuration file and the journal's key are not in it, nor is a memory that lives in a server of its own.",
  ],
  examples: ["aios backup", "aios backup /backups/aios.tar.gz --json", "aios backup - | ssh vault 'cat > aios.tar.gz'"],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, cwd, terminal } = call;
  const [named] = given.operands("FILE");
  const file = named === "-" ? undefined : path.resolve(cwd, named ?? usualName(Date.now()));
  if (file !== undefined) await refuseExisting(file);
  await using source = await openSource(call, given.flag("with-secrets"));
  const sink = file === undefined ? standardOutput : await openDraft(file);
  let bytes = 0;
  const progress = progressOf(call);
  const manifest = await relayed(source.chunks, sink, (count) => {
    bytes += count;
    progress(bytes);
  });
  const report = { file: file ?? "-", from: source.from, bytes, ...summaryOf(manifest) };
  const say = () => {
    const where = file ?? "standard output";
    return `${where}: ${bytes} bytes, the journal up to sequence ${report.journal.sequence}, ${report.files} files\n`;
  };
  if (file !== undefined) return tell(call, report, say);
  // What is on standard output is the backup and nothing else.
  terminal.err(call.json ? `${JSON.stringify(report)}\n` : say());
  return exit.done;
}

const usualName = (nowMs: number) => `aios-${isoTime(nowMs).slice(0, 19).replaceAll(":", "")}.tar.gz`;

export function summaryOf({ version, takenAtMs, secrets, journal, files }: Manifest) {
  return { version, takenAtMs, secrets, journal, files: files.length };
}

async function relayed(
  chunks: AsyncIterable<Uint8Array>,
  sink: Sink,
  count: (bytes: number) => void,
): Promise<Manifest> {
  try {
    const manifest = await readBackup(written(chunks, sink, count));
    await sink.adopt();
    return manifest;
  } catch (failure) {
    await sink.discard();
    throw failure;
  }
}

/** Hands every chunk on once it is written: what is checked is what is in the file. */
async function* written(chunks: AsyncIterable<Uint8Array>, sink: Sink, count: (bytes: number) => void) {
  for await (const chunk of chunks) {
    await sink.write(chunk);
    count(chunk.length);
    yield chunk;
  }
}

interface Sink {
  write(chunk: Uint8Array): Promise<void>;
  adopt(): Promise<void>;
  discard(): Promise<void>;
}

const standardOutput: Sink = {
  write: (chunk) =>
    new Promise((resolve, reject) => {
      process.stdout.write(chunk, (failure) =>
        failure === undefined || failure === null ? resolve() : reject(failure),
      );
    }),
  adopt: async () => {},
  discard: async () => {},
};

async function refuseExisting(file: string): Promise<void> {
  const there = await open(file, "r").catch((failure: unknown) => {
    if (errnoOf(failure) === "ENOENT") return undefined;
    throw failure;
  });
  await there?.close();
  if (there !== undefined) throw exists(file);
}

const exists = (file: string) =>
  new AiosError("conflict", `${file} is there already: name another file, or move that one away`);

/** A file that only its owner reads, under another name until it is whole. */
async function openDraft(file: string): Promise<Sink> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(6).toString("hex")}.part`);
  const handle = await open(draft, "wx", 0o600).catch((failure: unknown) => {
    throw new AiosError("data.unwritable", `cannot write ${file}: ${String(errnoOf(failure))}`, { cause: failure });
  });
  return {
    write: (chunk) => handle.writeFile(chunk),
    async adopt() {
      await handle.sync();
      await handle.close();
      // A link takes no place that is taken: a backup never replaces another one.
      await link(draft, file).catch((failure: unknown) => {
        throw errnoOf(failure) === "EEXIST" ? exists(file) : failure;
      });
      await unlink(draft);
    },
    async discard() {
      await handle.close();
      await unlink(draft).catch(() => undefined);
    },
  };
}
