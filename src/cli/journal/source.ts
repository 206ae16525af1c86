import path from "node:path";
import type { AnyEvent } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import { readJournal } from "../../platform/journal/read.ts";
import { createSealer, type Sealer } from "../../platform/journal/seal.ts";
import type { Call } from "../command.ts";
import { readSettings, type Settings } from "../settings.ts";
import type { Operand } from "../shape.ts";

export const fileOperand = {
  name: "FILE",
  says: "a journal; without it, events.jsonl of the data directory",
  optional: true,
} as const satisfies Operand;

/** A journal to be looked at, never written. */
export interface JournalSource {
  /** Absolute. */
  readonly file: string;
  readonly sealer: Sealer;
  readonly settings: Settings;
  readonly events: () => AsyncIterable<AnyEvent>;
}

/** The journal that a command is about. Rejects with `not_found` where there is none. */
export async function journalOf(call: Pick<Call, "given" | "env" | "cwd">): Promise<JournalSource> {
  const settings = await readSettings(call);
  const [named] = call.given.operands("FILE");
  const file = named === undefined ? path.join(settings.dataDir, "events.jsonl") : path.resolve(call.cwd, named);
  if (!(await nodeFiles.exists(file)))
    throw new AiosError("not_found", `There is no journal ${file}: name its directory with --data-dir`);
  const sealer = createSealer(nodeHash, settings.config.journal.key);
  return { file, sealer, settings, events: () => readJournal(nodeFiles, file, sealer) };
}
