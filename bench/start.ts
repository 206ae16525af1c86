import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Figure, Reading } from "./figure.ts";
import { idle } from "./idle.ts";
import { Samples, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { type Started, startBuilt, startNaive } from "./started.ts";

const STARTS = 9;

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
    notMeasured: "files that are not in the page cache; a long journal to replay",
  };
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

async function nothingAtAll(): Promise<Reading> {
  const samples = new Samples();
  for (let count = 0; count < STARTS; count++)
    samples.add(await timed(() => once(spawn(process.execPath, ["--eval", "0"], { stdio: "ignore" }), "exit")));
  return { name: "node --eval 0, until it has ended", n: STARTS, spread: samples.spread() };
}
