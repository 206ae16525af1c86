import path from "node:path";
import type { Config } from "../../config.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { anchorsPath } from "../../platform/journal/anchors.ts";
import { readGroups, readJournal } from "../../platform/journal/read.ts";
import { sifting, verifiedBefore } from "../../platform/journal/reading.ts";
import { createSealer } from "../../platform/journal/seal.ts";
import { listSegments, type Segment } from "../../platform/journal/segment.ts";
import type { Verifiable, Witness } from "../../platform/journal/verify.ts";
import type { Recorded } from "../../runtime/backtest/run.ts";
import { sealWith } from "../../runtime/checkpoints/format.ts";
import { CheckpointStore } from "../../runtime/checkpoints/store.ts";
import type { Call } from "../command.ts";
import { readSettings, type Settings } from "../settings.ts";
import type { Operand } from "../shape.ts";

export const fileOperand = {
  name: "FILE",
  says: "a data directory, or one file of a journal; without it, the whole journal of the data directory",
  optional: true,
} as const satisfies Operand;

interface FoundJournal {
  /** What is looked at, absolute: the open segment for all of a journal, otherwise the file itself. */
  readonly file: string;
  readonly journal: Verifiable;
}

/** A journal to be looked at, never written. */
export interface JournalSource extends FoundJournal {
  readonly settings: Settings;
  readonly events: () => AsyncIterable<AnyEvent>;
  /** For whoever has to know what is to come before reading every event. */
  readonly recorded: Recorded;
}

/** The journal that a command is about. Rejects with `not_found` where there is none. */
export async function journalOf(call: Pick<Call, "given" | "env" | "cwd">): Promise<JournalSource> {
  const settings = await readSettings(call);
  const [named] = call.given.operands("FILE");
  const file = named === undefined ? settings.dataDir : path.resolve(call.cwd, named);
  const isDirectory = (await nodeFiles.stat(file))?.kind === "directory";
  const found = isDirectory || named === undefined ? ofDirectory(file, settings.config) : ofFile(file, settings.config);
  const { journal } = found;
  if ((await journal.list()).length === 0)
    throw new AiosError("not_found", `There is no journal ${found.file}: name its directory with --data-dir`);
  return {
    ...found,
    settings,
    events: () => readJournal(journal),
    recorded: {
      sift: (types) => readGroups(journal, sifting(types)),
      again: () => readGroups(journal, verifiedBefore),
    },
  };
}

/** The whole journal of a data directory. */
export function ofDirectory(directory: string, config: Config): FoundJournal {
  const file = path.join(directory, "events.jsonl");
  const sealer = createSealer(nodeHash, config.journal.key);
  const list = () => listSegments(nodeFiles, file);
  const anchors = anchorsPath(directory, config.journal.anchors.path);
  const witness = () => newestCheckpoint(directory, config);
  return { file, journal: { files: nodeFiles, sealer, list, anchorsPath: anchors, witness } };
}

/** Of a data directory. Its bytes are looked at only where they are asked for. */
export function checkpointsOf(directory: string, { journal }: Config): CheckpointStore {
  return new CheckpointStore(nodeFiles, path.join(directory, "checkpoints"), sealWith(nodeHash, journal.key));
}

async function newestCheckpoint(directory: string, config: Config): Promise<Witness | undefined> {
  const store = checkpointsOf(directory, config);
  for (const sequence of await store.sequences()) {
    // One that is damaged or of another key knows nothing.
    if (await store.read(sequence).catch(() => undefined)) return { sequence, who: store.pathOf(sequence) };
  }
  return undefined;
}

/** One file alone, which may be a segment or a copy; it begins wherever its first line says. */
function ofFile(file: string, config: Config): FoundJournal {
  const form = file.endsWith(".gz") ? "gzip" : "plain";
  const list = async (): Promise<readonly Segment[]> => {
    if (!(await nodeFiles.exists(file))) return [];
    return [{ kind: "lone", path: file, form }];
  };
  return { file, journal: { files: nodeFiles, sealer: createSealer(nodeHash, config.journal.key), list } };
}
