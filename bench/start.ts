import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "./engine.ts";
import type { Figure, Reading } from "./figure.ts";
import { idle } from "./idle.ts";
import { ping } from "./ping.ts";
import { rounded, Samples, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { type Started, startBuilt, startNaive } from "./started.ts";

const STARTS = 9;
const REPLAYED = 100_000;
const BATCH = 1_000;

type Start = (directory: string) => Promise<Started>;

/** How fast the built engine is there, and what it costs while nothing happens. */
export async function* start(): AsyncIterable<Figure> {
  yield {
    figure: "start.cold",
    measures: `\`node dist/main.js start\` on an empty data directory with every default, from the spawn to the first 200 of /readyz; ${STARTS} starts one after the other`,
    unit: "ms",
    ours: await startingAgain("aios start", startBuilt),
    bars: [{ of: "p50", must: "at most", limit: 800 }],
    beside: [await startingAgain("node:http and nothing else", startNaive), await nothingAtAll()],
    notMeasured: "files that are not in the page cache",
  };
  yield* onALongJournal();
  yield* idle();
}

async function startingAgain(name: string, begin: Start): Promise<Reading> {
  const samples = new Samples();
  for (let count = 0; count < STARTS; count++) {
    await using scratch = await openScratch();
    await using started = await begin(scratch.directory);
    samples.add(started.readyMs);
  }
  return { name, n: STARTS, spread: samples.spread() };
}

/** The same journal begun from its checkpoint, and read whole where there is none. */
async function* onALongJournal(): AsyncGenerator<Figure> {
  await using scratch = await openScratch();
  const megabytes = await writeJournal(scratch.directory);
  const about = `the same start on a journal of ${REPLAYED} events (${megabytes} MB, every second one the end of a task)`;
  yield await startOn(
    scratch.directory,
    `start.checkpoint.${REPLAYED}_events`,
    `${about}, from the checkpoint at its end`,
  );
  await rm(path.join(scratch.directory, "data", "checkpoints"), { recursive: true });
  const whole = `${about} without a checkpoint: all of it is verified and folded before anything else`;
  yield await startOn(scratch.directory, `start.replay.${REPLAYED}_events`, whole);
}

async function startOn(directory: string, figure: string, measures: string): Promise<Figure> {
  await using started = await startBuilt(directory);
  return {
    figure,
    measures,
    unit: "ms",
    ours: { name: "aios start", n: 1, value: rounded(started.readyMs) },
    bars: [],
    beside: [],
    notMeasured: "closed segments, and a million events",
  };
}

async function writeJournal(directory: string): Promise<number> {
  await using engine = await openEngine(directory);
  const ended = (n: number) => ({
    taskId: `t${n}`,
    agentId: "a",
    attempt: 1,
    key: `t${n}/1`,
    durationMs: 5,
    outputBytes: 3,
  });
  for (let from = 0; from < REPLAYED; from += BATCH)
    await Promise.all(
      Array.from({ length: BATCH }, (_, index) =>
        engine.publish(index % 2 === 0 ? ping : { type: "task.succeeded", data: ended(from + index) }),
      ),
    );
  await engine.stop();
  return Math.round((await stat(path.join(directory, "data", "events.jsonl"))).size / 1e6);
}

async function nothingAtAll(): Promise<Reading> {
  const samples = new Samples();
  for (let count = 0; count < STARTS; count++)
    samples.add(await timed(() => once(spawn(process.execPath, ["--eval", "0"], { stdio: "ignore" }), "exit")));
  return { name: "node --eval 0, until it has ended", n: STARTS, spread: samples.spread() };
}
