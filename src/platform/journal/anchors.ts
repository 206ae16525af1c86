import { resolve } from "node:path";
import type { JournalPosition } from "../../events/journal.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { isoTime } from "../../kernel/iso-time.ts";
import { linesOf } from "./lines.ts";
import { GENESIS, joinSealed, type Sealer, splitSealed } from "./seal.ts";
import { SegmentWriter } from "./segment-writer.ts";

/** Version of the anchors' file, in its first line. */
const ANCHORS_FORMAT = 1;

/** Why an anchor was dropped; `released` is the last event that retention gave up. */
export type AnchorReason = "opened" | "rotated" | "checkpoint" | "interval" | "stopped" | "released" | "repaired";

export interface Anchor extends JournalPosition {
  readonly why: AnchorReason;
  readonly time: string;
}

/** Where the anchors of a data directory are; a configured path counts from that directory. */
export function anchorsPath(dataDir: string, configured = "anchors.jsonl"): string {
  return resolve(dataDir, configured);
}

export interface AnchorsOptions {
  readonly files: Files;
  readonly sealer: Sealer;
  /** Best on a disk of its own. */
  readonly path: string;
}

interface Known {
  readonly anchors: readonly Anchor[];
  readonly seal: string;
  readonly sizeBytes: number;
}

/**
 * Positions of the journal written down outside of it, in a chain of their own that is sealed as the journal is: a journal
 * that was changed and sealed anew, or whose end was cut off, does not fit them any more.
 */
export class Anchors {
  readonly #options: AnchorsOptions;
  readonly #writer: SegmentWriter;
  #seal: string;

  private constructor(options: AnchorsOptions, writer: SegmentWriter, seal: string) {
    this.#options = options;
    this.#writer = writer;
    this.#seal = seal;
  }

  /** Opens the file to add to it, behind what `readAnchors` understood of it. */
  static async open(options: AnchorsOptions): Promise<Anchors> {
    const { seal, sizeBytes } = await read(options);
    return new Anchors(options, await SegmentWriter.open(options.files, options.path, sizeBytes), seal);
  }

  /** Resolves once it survives a power cut. */
  async drop({ sequence, seal: head }: JournalPosition, why: AnchorReason, atMs: number): Promise<void> {
    if (this.#writer.sizeBytes === 0) await this.#add({ anchors: ANCHORS_FORMAT });
    await this.#add({ time: isoTime(atMs), why, sequence, head });
  }

  async #add(line: object): Promise<void> {
    const body = JSON.stringify(line);
    const seal = this.#options.sealer.seal(this.#seal, body);
    await this.#writer.append(Buffer.from(`${joinSealed(body, seal)}\n`, "utf8"));
    this.#seal = seal;
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

/**
 * All anchors in order; none where there is no file. What a crash left of the last one is no anchor.
 *
 * @throws {AiosError} `journal.anchors` naming the first line that does not fit, `journal.format` for a newer version's
 */
export async function readAnchors(options: AnchorsOptions): Promise<readonly Anchor[]> {
  return (await read(options)).anchors;
}

async function read({ files, sealer, path }: AnchorsOptions): Promise<Known> {
  const anchors: Anchor[] = [];
  let [seal, sizeBytes, line, torn] = [GENESIS, 0, 0, false];
  for await (const { text, end, complete } of linesOf(files.stream(path))) {
    line++;
    const parts = complete && !torn ? splitSealed(text) : undefined;
    if (parts === undefined || sealer.seal(seal, parts.body) !== parts.seal) {
      // Only the last write can have been cut short: without its end, or with a hole of bytes that reached no disk.
      if (torn || (complete && !text.includes("\0")))
        throw new AiosError("journal.anchors", `${path}, line ${line}: the seal does not fit, or the key is another`);
      torn = true;
      continue;
    }
    ({ seal } = parts);
    sizeBytes = end;
    const stored = JSON.parse(parts.body) as Anchor & { readonly anchors?: number; readonly head: string };
    if (stored.anchors === undefined) anchors.push({ ...stored, seal: stored.head });
    else if (stored.anchors > ANCHORS_FORMAT)
      throw new AiosError("journal.format", `${path} has format ${stored.anchors}, newer than this version reads`);
  }
  return { anchors, seal, sizeBytes };
}
