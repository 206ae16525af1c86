import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AiosError, failures } from "../../kernel/errors.ts";
import { livingHolder } from "../../platform/file-lock.ts";
import { type Misfit, type Verdict, verifyJournal } from "../../platform/journal/verify.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { fileOperand, type JournalSource, journalOf } from "./source.ts";

export const verify: Command = {
  name: "verify",
  summary: "Check every seal, number and anchor of the journal and name the first bad line",
  operands: [fileOperand],
  notes: [
    "Reads only, so it may be done while the engine runs. Exits with 1 when a line does not fit.",
    "A journal sealed with a key is checked with AIOS_JOURNAL_KEY or `journal.key`. All segments are read and held",
    "against the anchors; what retention gave up is named.",
  ],
  examples: [
    "aios journal verify",
    "aios journal verify --data-dir /var/lib/aios --json",
    "aios journal verify copy.jsonl",
  ],
  run,
};

/** A line that the engine is just writing has its end after this many looks. */
const LOOKS = 20;
const LOOK_MS = 50;

async function run(call: Call): Promise<number> {
  const source = await journalOf(call);
  const verdict = await judge(source);
  // Nothing does not fit, and nothing fits.
  if (verdict.ok && verdict.lines === 0)
    throw new AiosError("not_found", `${source.file} holds no event: there is nothing to verify`);
  const told = verdict.ok ? verdict : { ...verdict, advice: adviceFor(verdict) };
  tell(call, { file: source.file, ...told }, () => say(source.file, verdict));
  return verdict.ok ? exit.done : exit.failed;
}

async function judge({ journal, settings }: JournalSource): Promise<Verdict> {
  for (let looks = 1; ; looks++) {
    const verdict = await verifyJournal(journal);
    if (verdict.ok || !verdict.torn || looks === LOOKS || !(await isWritten(settings.dataDir))) return verdict;
    await pause(LOOK_MS);
  }
}

async function isWritten(dataDir: string): Promise<boolean> {
  return (await livingHolder(path.join(dataDir, "engine.lock"))) !== undefined;
}

function say(file: string, verdict: Verdict): string {
  if (verdict.ok) {
    const { lines, segments, anchors, firstSequence, lastSequence, seal, releasedThrough } = verdict;
    const facts: (readonly [string, string | number | undefined])[] = [
      ["segments", segments],
      ["anchors", anchors === 0 ? "none: an end that was cut off would not show" : `${anchors} fit`],
      ["first sequence", firstSequence],
      ["given up", releasedThrough === undefined ? undefined : `1 to ${releasedThrough}, by retention`],
      ["last sequence", lastSequence],
      ["last seal", seal],
    ];
    const said = facts.filter(([, fact]) => fact !== undefined).map(([name, fact]) => `  ${name.padEnd(14)} ${fact}\n`);
    return `${file}: all ${lines} lines fit\n${said.join("")}`;
  }
  const { file: bad, line, byte, reason, lastSequence } = verdict;
  const good =
    lastSequence === 0 ? "No event comes before it" : `Every seal fits that is there up to event ${lastSequence}`;
  return `${bad}, line ${line} (byte ${byte}): ${reason}\n  ${good}.\n  → ${adviceFor(verdict)}\n`;
}

function adviceFor({ torn, code }: Misfit): string {
  return torn
    ? "The engine sets the torn bytes aside at its next start and goes on."
    : `${failures[code].advice} Nothing was changed here.`;
}
