import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "./engine.ts";
import type { Figure } from "./figure.ts";
import { ping } from "./ping.ts";
import { processorSeconds } from "./processor.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { startBuilt } from "./started.ts";

const EVENTS = 1_000_000;
const BATCH = 1_000;

/** The same start on a journal of what users publish: events that are kept, found again and told, and that no actor awaits. */
export async function recoveryOfPublished(): Promise<Figure> {
  await using scratch = await openScratch();
  const data = path.join(scratch.directory, "data");
  const megabytes = await publishAll(scratch.directory, data);
  await rm(path.join(data, "checkpoints"), { recursive: true });
  await using started = await startBuilt(scratch.directory);
  const seconds = started.readyMs / 1000;
  return {
    figure: "recovery.published",
    measures: `\`node dist/main.js start\` on a journal of ${EVENTS} events of a user's own type that an engine was handed in batches (${megabytes} MB, closed segments as that engine left them), without a checkpoint; from the spawn to the first 200 of /readyz`,
    unit: "s",
    ours: {
      name: "aios start, the whole journal",
      n: EVENTS,
      value: rounded(seconds),
      perSecond: Math.round(EVENTS / seconds),
      note: `${rounded(await processorSeconds(started.pid))} s of processor time`,
    },
    bars: [{ of: "value", must: "at most", limit: 10 }],
    beside: [],
    notMeasured: "events that actors await, which are in recovery.replay; files that are not in the page cache",
  };
}

/** Megabytes on disk. */
async function publishAll(directory: string, data: string): Promise<number> {
  await using engine = await openEngine(directory);
  const batch = Array.from({ length: BATCH }, () => ping);
  for (let published = 0; published < EVENTS; published += BATCH) await engine.publishMany(batch);
  await engine.stop();
  const files = (await readdir(data)).filter((name) => /^events.*\.jsonl(\.gz)?$/.test(name));
  const sizes = await Promise.all(files.map(async (name) => (await stat(path.join(data, name))).size));
  return Math.round(sizes.reduce((sum, bytes) => sum + bytes, 0) / 1e6);
}
