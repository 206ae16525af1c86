import path from "node:path";
import { performance } from "node:perf_hooks";
import { configure } from "../config/configure.ts";
import { nodeFiles } from "../platform/files.ts";
import { nodeHash } from "../platform/hash.ts";
import { loadRules } from "../runtime/playbook-files.ts";
import { simulatedConfig } from "../simulation/profile.ts";
import { simulate as live } from "../simulation/simulation.ts";
import { type Call, type Command, tell } from "./command.ts";
import { sayDuration } from "./duration.ts";
import { packageRoot } from "./package-root.ts";
import { configuredFolders } from "./playbook/folders.ts";
import { readSettings, type Settings } from "./settings.ts";
import { simulationParts } from "./simulate/parts.ts";
import { type Simulated, saySimulation } from "./simulate/report-text.ts";
import { openTape, type TapeFile } from "./simulate/tape-file.ts";
import { wishOf } from "./simulate/wish.ts";

export const simulate: Command = {
  name: "simulate",
  summary: "Let an engine live through days of virtual time among simulated agents, the same for the same seed",
  options: {
    seed: { type: "string", value: "N", says: "what everything made up follows from (1)" },
    days: { type: "string", value: "D", says: "virtual days, also parts of one (7)" },
    agents: { type: "string", value: "N", says: "simulated agents (1000)" },
    out: {
      type: "string",
      value: "DIR",
      says: "keep the sealed journal there, as events.jsonl; it must not exist yet",
    },
    without: { type: "string", value: "TYPE", says: "lose every event of this type before it is written" },
  },
  notes: [
    "Engine, journal, scheduler, reactor, machines and playbooks are those of the product; agents, processes, services, machine load, clients and operator are models that are driven by the seed. Nothing outside is started, asked or told.",
    "The digest is the SHA-256 of the journal's bytes: the same version, seed, options, configuration and playbooks give the same one.",
    "--without shows that an event type matters: it is accepted and then lost, so nobody acts on it and the digest is another one. journal.opened cannot be left out.",
    "A configuration is read only where --config or AIOS_CONFIG_PATH names it. Where it says nothing else, as many tasks as a twentieth of the agents run at once, sensors look once a minute and checkpoints are taken by the number of events alone; memory is never written to a disk and no webhook is called.",
    "With --out the journal can be looked at by `aios journal verify|replay|stats`.",
  ],
  examples: [
    "aios simulate",
    "aios simulate --seed 7 --days 1 --agents 50 --json",
    "aios simulate --days 1 --out /tmp/simulated && aios journal verify --data-dir /tmp/simulated",
    "aios simulate --days 1 --agents 50 --without task.succeeded",
  ],
  run,
};

/** Between two words about how far it is. */
const SAY_EVERY_MS = 2_000;

async function run(call: Call): Promise<number> {
  const wish = wishOf(call.given);
  const settings = await settingsOf(call);
  const config = simulatedConfig(settings.config, wish.agents, settings.origins);
  const folders = configuredFolders({ config, directory: settings.directory });
  const rules = await loadRules({ files: nodeFiles, hash: nodeHash }, folders);
  for (const { file, reason } of rules.refused) call.terminal.err(`a playbook was refused: ${file}: ${reason}\n`);
  const { version } = await import("../index.ts");
  const out = call.given.text("out");
  const journal = out === undefined ? undefined : path.resolve(call.cwd, out, "events.jsonl");
  const tape = openTape(journal);
  const began = performance.now();
  try {
    const progress = progressOf(call, wish.durationMs, began, tape);
    const parts = simulationParts(tape.write, config.journal.key);
    const report = await live({ ...wish, config, rules, version, progress }, parts);
    const wallMs = Math.round(performance.now() - began);
    const said: Simulated = {
      ...report,
      digest: tape.digest(),
      wallMs,
      eventsPerSecond: Math.round((1_000 * report.events) / Math.max(1, wallMs)),
      ...(journal === undefined ? {} : { journal }),
    };
    return tell(call, said, () => saySimulation(said, call.terminal.paint));
  } finally {
    tape.close();
  }
}

/** The configuration that is named. None that happens to lie about: the digest must not depend on where one stands. */
async function settingsOf(call: Call): Promise<Pick<Settings, "config" | "origins" | "directory">> {
  const isNamed = call.given.has("config") || (call.env["AIOS_CONFIG_PATH"] ?? "") !== "";
  if (isNamed) return readSettings(call);
  return { ...configure({ env: {} }), directory: packageRoot };
}

/** Says how far it is, for whoever reads, and gives up when the journal cannot be kept any more. */
function progressOf(call: Call, durationMs: number, began: number, tape: TapeFile) {
  let saidAt = began;
  return (passedMs: number, events: number) => {
    if (tape.failure !== undefined) throw tape.failure;
    const now = performance.now();
    if (call.json || now - saidAt < SAY_EVERY_MS) return;
    saidAt = now;
    const perSecond = Math.round((1_000 * events) / (now - began));
    call.terminal.err(
      `simulated ${sayDuration(passedMs)} of ${sayDuration(durationMs)}: ${events} events, ${perSecond} a second\n`,
    );
  };
}
