import { createReadStream } from "node:fs";
import path from "node:path";
import { createGunzip } from "node:zlib";
import { AiosError } from "../../kernel/errors.ts";
import { GENESIS, type Sealer, splitSealed } from "../journal/seal.ts";
import { segmentNames } from "./journal-files.ts";
import type { BackupHead } from "./manifest.ts";
import { through } from "./through.ts";

const NEWLINE = 0x0a;

/**
 * Follows the chain through the segments of an unpacked backup to the position that it names. Where retention gave the
 * first segments up, the first seal that is left has nothing to be compared with.
 *
 * @throws {AiosError} `backup.invalid` naming file and line
 */
export async function verifyJournalFiles(
  directory: string,
  names: readonly string[],
  { journal }: BackupHead,
  sealer: Sealer,
): Promise<void> {
  let [seal, sequence, first] = [GENESIS, 0, true];
  for (const name of segmentNames(names)) {
    let line = 0;
    for await (const text of linesOf(path.join(directory, name))) {
      line++;
      const broken = (why: string) => new AiosError("backup.invalid", `${name}, line ${line}: ${why}`);
      const parts = splitSealed(text);
      const number = Number(/"sequence":(\d+)/.exec(text)?.[1] ?? Number.NaN);
      if (parts === undefined || Number.isNaN(number)) throw broken("it is no sealed event");
      const begins = first && number > 1;
      if (!begins && number !== sequence + 1) throw broken(`sequence ${number} follows ${sequence}`);
      if (!begins && sealer.seal(seal, parts.body) !== parts.seal)
        throw broken(
          journal.keyed
            ? "the seal does not fit: give the key of this journal as AIOS_JOURNAL_KEY, or it was altered"
            : "the seal does not fit: it was altered, or sealed with a key that the backup does not speak of",
        );
      [seal, sequence, first] = [parts.seal, number, false];
    }
  }
  if (sequence !== journal.sequence || seal !== journal.seal)
    throw new AiosError("backup.invalid", `its journal ends at ${sequence}, not where it says (${journal.sequence})`);
}

async function* linesOf(file: string): AsyncGenerator<string, void, void> {
  const stored = createReadStream(file, { highWaterMark: 256 * 1024 });
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of (file.endsWith(".gz")
    ? through(stored, createGunzip())
    : stored) as AsyncIterable<Buffer>) {
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      yield bytes.toString("utf8", from, at);
      from = at + 1;
    }
    rest = bytes.subarray(from);
  }
  if (rest.length > 0) yield rest.toString("utf8");
}
