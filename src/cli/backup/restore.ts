import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import { restoreBackup } from "../../platform/backup/restore.ts";
import { systemClock } from "../../platform/clock.ts";
import { nodeFileLocks } from "../../platform/file-lock.ts";
import { nodeHash } from "../../platform/hash.ts";
import { createSealer, type Sealer } from "../../platform/journal/seal.ts";
import { type Call, type Command, tell } from "../command.ts";
import { UsageError } from "../exit.ts";
import { sayMoment } from "../say.ts";
import { readSettings } from "../settings.ts";
import { summaryOf } from "./backup.ts";
import { progressOf } from "./progress.ts";

export const restore: Command = {
  name: "restore",
  summary: "Make a data directory from a backup, once all of it was verified",
  operands: [{ name: "FILE", says: "what `aios backup` wrote" }],
  options: {
    to: {
      type: "string",
      value: "DIR",
      required: true,
      says: "the data directory to make; it must be empty or absent",
    },
    force: { type: "boolean", says: "move a directory that is not empty aside first; nothing is removed" },
  },
  notes: [
    "Files, hashes and the journal's chain are checked beside the directory, which is touched only after that. A journal",
    "sealed with a key needs AIOS_JOURNAL_KEY. The restored engine goes on where the backup was taken: never let it run",
    "beside the engine that it was taken from.",
  ],
  examples: ["aios restore aios.tar.gz --to /var/lib/aios", "aios restore aios.tar.gz --to .aios --force --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { given, cwd } = call;
  const to = given.text("to");
  if (to === undefined || to === "") throw new UsageError("--to DIR is missing: the data directory to make");
  const { config } = await readSettings(call);
  const file = path.resolve(cwd, given.operand("FILE"));
  const directory = path.resolve(cwd, to);
  const { manifest, setAside } = await restoreBackup({
    file,
    to: directory,
    force: given.flag("force"),
    sealerFor: sealerFor(config.journal.key),
    locks: nodeFileLocks(systemClock),
    nowMs: systemClock.now(),
    progress: progressOf(call),
  }).catch((failure: unknown) => {
    throw named(file, failure);
  });
  const report = { directory, setAside: setAside ?? null, ...summaryOf(manifest) };
  return tell(call, report, () =>
    [
      `${directory} is as it was on ${sayMoment(manifest.takenAtMs)}: the journal up to sequence ${manifest.journal.sequence}`,
      ...(setAside === undefined ? [] : [`What was there before is in ${setAside}`]),
      ...(manifest.secrets ? [] : ["The next start writes a new operator.token; other tokens work as before."]),
      `Start it with: aios start --data-dir ${directory}`,
      "Never let it run beside the engine that the backup was taken from.",
      "",
    ].join("\n"),
  );
}

/** The messages of the format speak of "it". */
function named(file: string, failure: unknown): unknown {
  if (!(failure instanceof AiosError) || !failure.code.startsWith("backup.")) return failure;
  return new AiosError(failure.code, `${file}: ${failure.message}`, { cause: failure });
}

function sealerFor(key: string | undefined): (keyed: boolean) => Sealer {
  return (keyed) => {
    if (keyed && key === undefined)
      throw new AiosError(
        "backup.invalid",
        "its journal is sealed with a key: give it as AIOS_JOURNAL_KEY to verify it",
      );
    return createSealer(nodeHash, keyed ? key : undefined);
  };
}
