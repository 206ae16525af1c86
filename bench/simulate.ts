import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import type { Figure } from "./figure.ts";
import { openScratch } from "./scratch.ts";

const DAYS = 7;
const AGENTS = 1_000;
/** What a week of so many agents has at least. */
const EVENTS = 1_000_000;
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const said = z.object({ events: z.number(), wallMs: z.number(), eventsPerSecond: z.number(), digest: z.string() });

/** How long a week of virtual time takes, through everything that an engine consists of. */
export async function* simulate(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const { events, wallMs, eventsPerSecond, digest } = await simulated(scratch.directory);
  if (events < EVENTS) throw new Error(`${events} events in ${DAYS} days; there should be ${EVENTS}`);
  yield {
    figure: `simulate.${DAYS}_days_${AGENTS}_agents`,
    measures: `the built aios simulate --seed 1 --days ${DAYS} --agents ${AGENTS}, from its start to its report: production runtime, host, scheduler, reactor, views, score and sealed journal, whose bytes are hashed and not kept`,
    unit: "s",
    ours: {
      name: "aios simulate",
      n: events,
      value: Math.round(wallMs / 100) / 10,
      perSecond: eventsPerSecond,
      note: `digest ${digest}`,
    },
    bars: [{ of: "value", must: "at most", limit: 60 }],
    beside: [],
    notMeasured: "a disk, processes, sockets: all of them are made up; starting Node",
  };
}

async function simulated(cwd: string): Promise<z.infer<typeof said>> {
  const args = [main, "simulate", "--seed", "1", "--days", String(DAYS), "--agents", String(AGENTS), "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 });
  return said.parse(JSON.parse(stdout));
}
