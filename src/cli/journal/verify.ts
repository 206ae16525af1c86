import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { livingHolder } from "../../platform/file-lock.ts";
import { nodeFiles } from "../../platform/files.ts";
import { type Verdict, verifyJournal } from "../../platform/journal/verify.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit } from "../exit.ts";
import { fileOperand, type JournalSource, journalOf } from "./source.ts";

export const verify: Command = {
  name: "verify",
  summary: "Check every seal and number of the journal and name the first bad line",
  operands: [fileOperand],
  notes: [
    "Reads only, so it may be done while the engine runs. Exits with 1 when a line does not fit.",
    "A journal sealed with a key is checked with AIOS_JOURNAL_KEY or `journal.key`.",
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
  const { file } = source;
  const verdict = await judge(source);
  tell(call, { file, ...verdict }, () => say(file, verdict));
  return verdict.ok ? exit.done : exit.failed;
}

async function judge({ file, sealer }: JournalSource): Promise<Verdict> {
  for (let looks = 1; ; looks++) {
    const verdict = await verifyJournal(nodeFiles, file, sealer);
    if (verdict.ok || !verdict.torn || looks === LOOKS || !(await isWritten(file))) return verdict;
    await pause(LOOK_MS);
  }
}

async function isWritten(file: string): Promise<boolean> {
  return (await livingHolder(path.join(path.dirname(file), "engine.lock"))) !== undefined;
}

function say(file: string, verdict: Verdict): string {
  if (verdict.ok) {
    const { lines, lastSequence, seal } = verdict;
    return `${file}: all ${lines} lines fit\n  last sequence  ${lastSequence}\n  last seal      ${seal}\n`;
  }
  const { line, byte, reason, torn } = verdict;
  const good = line === 1 ? "No line before it" : `The ${line - 1} lines before it fit`;
  const advice = torn
    ? "The engine sets the torn bytes aside at its next start and goes on."
    : "Restore the file from a backup, or move it aside and start a new journal; nothing was changed here.";
  return `${file}, line ${line} (byte ${byte}): ${reason}\n  ${good}.\n  → ${advice}\n`;
}
