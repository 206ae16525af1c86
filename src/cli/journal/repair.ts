import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { insistOnKnownLayout } from "../../platform/data-format.ts";
import { systemEntropy } from "../../platform/entropy.ts";
import { nodeFileLocks } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { anchorsPath } from "../../platform/journal/anchors.ts";
import { sayMissing } from "../../platform/journal/misfit.ts";
import { type Repaired, repairJournal } from "../../platform/journal/repair.ts";
import { type Verifiable, verifyJournal } from "../../platform/journal/verify.ts";
import type { CheckpointStore } from "../../runtime/checkpoints/store.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { readSettings } from "../settings.ts";
import { checkpointsOf, ofDirectory } from "./source.ts";

export const repair: Command = {
  name: "repair",
  summary: "Set what does not fit aside, so that an engine can start again, and say what is lost",
  notes: [
    "Keeps what fits up to the first bad line. Every file from there on is kept whole beside the journal, under a name",
    "that ends in .set-aside-TIME; no byte is lost, and the journal itself says what was done. Where only the anchors do",
    "or a checkpoint do not fit, the journal is accepted as it is and those are kept aside. Refuses while an engine runs.",
  ],
  examples: ["aios journal repair", "aios journal repair --data-dir /var/lib/aios --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { dataDir, config } = await readSettings(call);
  const { file, journal } = ofDirectory(dataDir, config);
  if ((await journal.list()).length === 0)
    throw new AiosError("not_found", `There is no journal ${file}: name its directory with --data-dir`);
  await insistOnKnownLayout(nodeFiles, dataDir);
  const lock = await nodeFileLocks(systemClock).acquire(path.join(dataDir, "engine.lock"), { waitMs: 0 });
  try {
    const { files, sealer } = journal;
    const own = await repairJournal({
      files,
      sealer,
      clock: systemClock,
      entropy: systemEntropy,
      path: file,
      anchorsPath: anchorsPath(dataDir, config.journal.anchors.path),
    });
    const repaired = await withoutLaterCheckpoints(own, journal, checkpointsOf(dataDir, config));
    tell(call, { file, repaired: repaired ?? null }, () => say(file, repaired));
    return exit.done;
  } finally {
    await lock.release();
  }
}

/** Sets aside the checkpoints that stand for events which the journal does not have, as the next start would. */
async function withoutLaterCheckpoints(
  repaired: Repaired | undefined,
  journal: Verifiable,
  checkpoints: CheckpointStore,
): Promise<Repaired | undefined> {
  const verdict = await verifyJournal(journal);
  if (verdict.ok || verdict.code !== "journal.behind") return repaired;
  const { lastSequence, reason, missing } = verdict;
  const later = (await checkpoints.sequences()).filter((sequence) => sequence > lastSequence);
  for (const sequence of later) await checkpoints.setAside(sequence);
  const setAside = later.map((sequence) => checkpoints.unusedPathOf(sequence));
  return repaired === undefined
    ? { reason, lastSequence, setAside, lost: { bytes: 0, legible: 0, illegible: 0 }, ...(missing && { missing }) }
    : { ...repaired, setAside: [...repaired.setAside, ...setAside] };
}

function say(file: string, repaired: Repaired | undefined): string {
  if (repaired === undefined) return `${file}: everything fits, nothing was changed\n`;
  const { reason, lastSequence, setAside, lost, missing } = repaired;
  const { bytes, legible, illegible, from, through } = lost;
  const events =
    legible === 0
      ? "no event that can still be read"
      : `${legible} events that can still be read, ${from} to ${through}`;
  const gone =
    bytes === 0 ? "nothing that was still there" : `${events}, and ${illegible} lines that cannot; ${bytes} bytes`;
  return [
    `${file} was repaired: ${reason}`,
    `  kept   everything up to event ${lastSequence}`,
    `  lost   ${gone}`,
    ...(missing === undefined ? [] : [`  gone   ${sayMissing(missing)} missing, and were before`]),
    ...setAside.map((name) => `  aside  ${name}`),
    "",
  ].join("\n");
}
