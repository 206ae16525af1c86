import path from "node:path";
import { AiosError } from "../../kernel/errors.ts";
import { systemClock } from "../../platform/clock.ts";
import { systemEntropy } from "../../platform/entropy.ts";
import { nodeFileLocks } from "../../platform/file-lock.ts";
import { anchorsPath } from "../../platform/journal/anchors.ts";
import { type Repaired, repairJournal } from "../../platform/journal/repair.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { readSettings } from "../settings.ts";
import { ofDirectory } from "./source.ts";

export const repair: Command = {
  name: "repair",
  summary: "Set what does not fit aside, so that an engine can start again, and say what is lost",
  notes: [
    "Keeps what fits up to the first bad line. Every file from there on is kept whole beside the journal, under a name",
    "that ends in .set-aside-TIME; no byte is lost, and the journal itself says what was done. Where only the anchors do",
    "not fit, the journal is accepted as it is and the old anchors are kept. Refuses while an engine runs.",
  ],
  examples: ["aios journal repair", "aios journal repair --data-dir /var/lib/aios --json"],
  run,
};

async function run(call: Call): Promise<number> {
  const { dataDir, config } = await readSettings(call);
  const { file, journal } = ofDirectory(dataDir, config);
  if ((await journal.list()).length === 0)
    throw new AiosError("not_found", `There is no journal ${file}: name its directory with --data-dir`);
  const lock = await nodeFileLocks(systemClock).acquire(path.join(dataDir, "engine.lock"), { waitMs: 0 });
  try {
    const { files, sealer } = journal;
    const repaired = await repairJournal({
      files,
      sealer,
      clock: systemClock,
      entropy: systemEntropy,
      path: file,
      anchorsPath: anchorsPath(dataDir, config.journal.anchors.path),
    });
    tell(call, { file, repaired: repaired ?? null }, () => say(file, repaired));
    return exit.done;
  } finally {
    await lock.release();
  }
}

function say(file: string, repaired: Repaired | undefined): string {
  if (repaired === undefined) return `${file}: everything fits, nothing was changed\n`;
  const { reason, lastSequence, setAside, lost } = repaired;
  const { bytes, legible, illegible, from, through } = lost;
  const events =
    legible === 0
      ? "no event that can still be read"
      : `${legible} events that can still be read, ${from} to ${through}`;
  const gone = bytes === 0 ? "nothing of the journal" : `${events}, and ${illegible} lines that cannot; ${bytes} bytes`;
  return [
    `${file} was repaired: ${reason}`,
    `  kept   everything up to event ${lastSequence}`,
    `  lost   ${gone}`,
    ...setAside.map((name) => `  aside  ${name}`),
    "",
  ].join("\n");
}
