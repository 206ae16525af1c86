import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figure } from "./figure.ts";
import { processorSeconds } from "./processor.ts";
import { rounded, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";
import { startBuilt, startNaive } from "./started.ts";

/** Long enough for a host that is busy anyway to have been noticed: that is told once, not every minute. */
const CALM_DOWN_MS = 30_000;
/** A minute holds one of everything that happens once a minute. */
const IDLE_MS = 60_000;
const MINUTES_A_DAY = 1_440;

/** What the built engine costs while nothing happens. Linux only: the numbers are read from /proc. */
export async function* idle(): AsyncIterable<Figure> {
  await using ownScratch = await openScratch();
  await using naiveScratch = await openScratch();
  await using engine = await startBuilt(ownScratch.directory);
  await using naive = await startNaive(naiveScratch.directory);
  const journal = path.join(ownScratch.directory, "data", "events.jsonl");
  await sleep(CALM_DOWN_MS);
  const before = await look(engine.pid, naive.pid, journal);
  const tookMs = await timed(() => sleep(IDLE_MS));
  const after = await look(engine.pid, naive.pid, journal);
  const percent = (of: "ownSeconds" | "naiveSeconds") => rounded((100_000 * (after[of] - before[of])) / tookMs);
  const span = `${IDLE_MS / 1000} s in which nothing is asked of it, ${CALM_DOWN_MS / 1000} s after its start; sensors on, every default`;
  const about = { notMeasured: "an engine that has agents, whose processes its sensors look at too" };
  const peer = { name: "node:http and nothing else", n: 1 };
  yield {
    ...about,
    figure: "start.idle_rss",
    measures: `resident memory of the engine's process at the end of ${span}`,
    unit: "MiB",
    ours: { name: "aios start", n: 1, value: await residentMiB(engine.pid) },
    bars: [{ of: "value", must: "at most", limit: 110 }],
    beside: [{ ...peer, value: await residentMiB(naive.pid) }],
  };
  yield {
    ...about,
    figure: "start.idle_cpu",
    measures: `processor time of the engine's process in ${span}`,
    unit: "% of one core",
    ours: { name: "aios start", n: 1, value: percent("ownSeconds") },
    bars: [{ of: "value", must: "at most", limit: 2 }],
    beside: [{ ...peer, value: percent("naiveSeconds") }],
  };
  yield {
    ...about,
    figure: "start.idle_journal",
    measures: `growth of the journal in ${span}, as it would be after a day of such minutes`,
    unit: "MB a day",
    ours: {
      name: "aios start",
      n: 1,
      value: rounded((MINUTES_A_DAY * (after.journalBytes - before.journalBytes)) / 1e6),
      note: `written in that minute: ${(await typesSince(journal, before.journalBytes)).join(", ")}`,
    },
    bars: [{ of: "value", must: "at most", limit: 1 }],
    beside: [],
  };
}

async function look(own: number, naive: number, journal: string) {
  return {
    ownSeconds: await processorSeconds(own),
    naiveSeconds: await processorSeconds(naive),
    journalBytes: (await stat(journal)).size,
  };
}

/** The types of the events behind a position of the journal. A host that others keep busy adds crossings to the summaries. */
async function typesSince(journal: string, position: number): Promise<readonly string[]> {
  const lines = (await readFile(journal)).subarray(position).toString("utf8").split("\n");
  return lines.flatMap((line) => /"type":"([^"]+)"/.exec(line)?.[1] ?? []);
}

async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (found === null) throw new Error(`/proc/${pid}/status says nothing about VmRSS`);
  return rounded(Number(found[1]) / 1024);
}
