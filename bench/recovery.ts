import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure, Reading } from "./figure.ts";
import { processorSeconds } from "./processor.ts";
import { phases } from "./recovery-phases.ts";
import { recoveryOfPublished } from "./recovery-published.ts";
import { xstateAlone } from "./recovery-xstate.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { AGENTS, DAYS, EVENTS, lived } from "./simulated-week.ts";
import { type Started, startBuilt } from "./started.ts";

/**
 * How long an engine takes to stand where it stood: on a journal of everything that happens in a week, as the engine
 * itself wrote it, without a checkpoint and from one.
 */
export async function* recovery(): AsyncIterable<Figure> {
  await using empty = await openScratch();
  const nothing = await startOn(empty.directory);
  yield await recoveryOfPublished();
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
