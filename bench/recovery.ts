import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Figure, Reading } from "./figure.ts";
import { processorSeconds } from "./processor.ts";
import { phases } from "./recovery-phases.ts";
import { xstateAlone } from "./recovery-xstate.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { type Started, startBuilt } from "./started.ts";

/** A week of a thousand agents is a million events and more. `AIOS_BENCH_DAYS` makes the journal a shorter one. */
const DAYS = Number(process.env["AIOS_BENCH_DAYS"] ?? 7);
const AGENTS = 1_000;
/** What the bars are about. */
const EVENTS = 1_000_000;
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/**
 * How long an engine takes to stand where it stood: on a journal of everything that happens in a week, as the engine
 * itself wrote it, without a checkpoint and from one.
 */
export async function* recovery(): AsyncIterable<Figure> {
  await using empty = await openScratch();
  const nothing = await startOn(empty.directory);
  await using scratch = await openScratch();
  const events = await lived(path.join(scratch.directory, "data"));
  const file = path.join(scratch.directory, "data", "events.jsonl");
  const megabytes = Math.round((await stat(file)).size / 1e6);
  const about = `${events} events (${megabytes} MB) that the engine wrote in ${DAYS} simulated days of ${AGENTS} agents: registrations, tasks, decisions, attempts, usage, processes, heartbeats, summaries, failures, remedies`;
  const { figures, json } = await phases(file, events, about);
  yield* figures;
  const alone = await xstateAlone(file);
  const whole = await startOn(scratch.directory, () => untilCompressed(path.dirname(file)));
  const bar = (limit: number): Figure["bars"] => (events < EVENTS ? [] : [{ of: "value", must: "at most", limit }]);
  yield {
    figure: "recovery.replay",
    measures: `\`node dist/main.js start\` on a journal of ${about}; without a checkpoint, so that all of it is verified, decoded and folded; from the spawn to the first 200 of /readyz. On an empty directory the same takes ${rounded(nothing.seconds)} s`,
    unit: "s",
    ours: {
      ...reading("aios start, the whole journal", whole),
      n: events,
      perSecond: Math.round(events / whole.seconds),
    },
    bars: bar(10),
    beside: [json, alone],
    notMeasured: "files that are not in the page cache; segments in compressed form; a keyed seal",
  };
  // Its end took a checkpoint, as every clean end does.
  const resumed = await startOn(scratch.directory);
  yield {
    figure: "recovery.checkpoint",
    measures:
      "the same start once more, from the checkpoint that the end of the one before took, once its segments were compressed",
    unit: "s",
    ours: reading("aios start, from its checkpoint", resumed),
    bars: bar(1),
    beside: [reading("aios start, on an empty directory", nothing)],
    notMeasured: "a checkpoint with tens of thousands of events behind it",
  };
}

interface Start {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function startOn(directory: string, before: () => Promise<void> = async () => {}): Promise<Start> {
  await using started: Started = await startBuilt(directory);
  const took = { seconds: started.readyMs / 1000, cpuSeconds: await processorSeconds(started.pid) };
  await before();
  return took;
}

/** A simulated week is one file, far larger than a segment ever is: compressing it must not go on in the next start. */
async function untilCompressed(directory: string): Promise<void> {
  const isPlain = (name: string) => /^events-\d+\.jsonl$/.test(name);
  while ((await readdir(directory)).some(isPlain)) await sleep(250);
}

function reading(name: string, { seconds, cpuSeconds }: Start): Reading {
  return { name, n: 1, value: rounded(seconds), note: `${rounded(cpuSeconds)} s of processor time` };
}

/** Writes the journal of a simulated life; answers with the number of its events. */
async function lived(directory: string): Promise<number> {
  const args = [main, "simulate", "--seed", "1", "--days", String(DAYS), "--agents", String(AGENTS)];
  const { stdout } = await promisify(execFile)(process.execPath, [...args, "--out", directory, "--json"], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return eventsOf(JSON.parse(stdout));
}

function eventsOf(report: unknown): number {
  if (report !== null && typeof report === "object" && "events" in report && typeof report.events === "number")
    return report.events;
  throw new Error("the simulation did not say how many events it wrote");
}
