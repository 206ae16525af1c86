import path from "node:path";
import type { PlaybookFile, RuleSet } from "../../domain/playbook/rules.ts";
import { systemEntropy } from "../../platform/entropy.ts";
import { nodeFiles } from "../../platform/files.ts";
import { nodeHash } from "../../platform/hash.ts";
import type { Progress } from "../../runtime/backtest/run.ts";
import { readPlaybooks } from "../../runtime/playbook-files.ts";
import { type Call, type Command, tell } from "../command.ts";
import { exit, UsageError } from "../exit.ts";
import { fileOperand, type JournalSource, journalOf } from "../journal/source.ts";
import { sayBacktest } from "./backtest-text.ts";
import { playbooksAt } from "./files.ts";
import { configuredFolders } from "./folders.ts";
import { catalogueOf } from "./own-catalogue.ts";

export const backtest: Command = {
  name: "backtest",
  summary: "Decide about a recorded journal once more: what fired, and what would with changed playbooks",
  operands: [fileOperand],
  options: {
    playbook: {
      type: "string",
      value: "FILE",
      multiple: true,
      says: "a new or changed playbook, instead of that with its id",
    },
    playbooks: { type: "string", value: "DIR", says: "these playbooks instead of those of the configuration" },
    since: { type: "string", value: "TIME", says: "only decisions about events from then on" },
    until: { type: "string", value: "TIME", says: "only decisions about events up to then" },
    all: { type: "boolean", says: "every decision, not those alone that are made otherwise" },
  },
  notes: [
    "Needs no engine. The journal is read and verified, and each event considered where it was, by the code that the",
    "engine itself runs: with the playbooks that were in force every decision comes out as it stands in the journal.",
    "What did not happen has no outcome, and none is guessed: a run that did not happen holds its target until its",
    "validation would have been over and then counts as unverified, so that its cooldown grows; one that asks a person",
    "counts as approved at once; what it would have spared or caused is left out. Limits are those of the configuration.",
    "Exits with 1 when the journal does not fit its seals, and with 3 when a playbook is refused.",
  ],
  examples: [
    "aios playbook backtest",
    "aios playbook backtest --playbook playbooks/agent_runaway_restart.json --since 2026-02-24",
    "aios playbook backtest /var/backups/aios --playbooks ./playbooks --json",
  ],
  run,
};

/** Between two words about how far it is. */
const SAY_EVERY_MS = 2_000;

async function run(call: Call): Promise<number> {
  const range = { sinceMs: call.given.momentMs("since"), untilMs: call.given.momentMs("until") };
  const { sinceMs = 0, untilMs = sinceMs } = range;
  if (untilMs < sinceMs) throw new UsageError("--until comes before --since");
  const source = await journalOf(call);
  const rules = await rulesOf(call, source);
  if (rules.refused.length > 0) {
    for (const { file, reason } of rules.refused) call.terminal.err(`${file} is refused: ${reason}\n`);
    call.terminal.err("Nothing was decided. `aios playbook lint` says what to change.\n");
    return exit.refused;
  }
  const { reactor } = source.settings.config;
  const { runBacktest } = await import("../../runtime/backtest/run.ts");
  const report = await runBacktest(source.recorded, rules, {
    hash: nodeHash,
    entropy: systemEntropy,
    settings: reactor,
    range,
    progress: progressOf(call),
  });
  return tell(call, { journal: source.file, ...report }, () =>
    sayBacktest(source.file, report, { all: call.given.flag("all"), paint: call.terminal.paint }),
  );
}

/** The playbooks of the configuration or of a folder, with those in their places that are named one by one. */
async function rulesOf(call: Call, { settings }: JournalSource): Promise<RuleSet> {
  const [catalogue, { compileRules }] = await Promise.all([
    catalogueOf(call),
    import("../../domain/playbook/rules.ts"),
  ]);
  const { watchedPlaces } = await import("../../actors/watches/places.ts");
  const folder = call.given.text("playbooks");
  const files =
    folder === undefined
      ? await readPlaybooks(nodeFiles, configuredFolders(settings))
      : await playbooksAt(path.resolve(call.cwd, folder));
  const named = (
    await Promise.all(call.given.texts("playbook").map((name) => playbooksAt(path.resolve(call.cwd, name))))
  ).flat();
  const replaced = new Set(named.map(idOf));
  const kept = files.filter((file) => !replaced.has(idOf(file)));
  return compileRules([...kept, ...named], {
    catalogue,
    hash: nodeHash,
    places: watchedPlaces(settings.config.sensors.watch),
  });
}

/** The id in a file that may be anything. */
function idOf({ text, file }: PlaybookFile): string {
  try {
    const content: unknown = JSON.parse(text);
    if (content !== null && typeof content === "object" && "id" in content && typeof content.id === "string")
      return content.id;
  } catch {
    // It is refused where it is read in earnest.
  }
  return file;
}

function progressOf({ json, terminal }: Pick<Call, "json" | "terminal">): Progress {
  let toldMs = performance.now();
  return ({ stage, events }) => {
    if (json || performance.now() - toldMs < SAY_EVERY_MS) return;
    toldMs = performance.now();
    terminal.err(`${stage === "reading" ? "reading what was decided" : "deciding again"}: ${events} events so far\n`);
  };
}
