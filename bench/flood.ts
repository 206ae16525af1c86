import { performance } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import type { Engine } from "../src/index.ts";
import { openEngine } from "./engine.ts";
import type { Figure } from "./figure.ts";
import { rounded, Samples } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const FLOOD = 1_000_000;
/** Offered in one turn of the loop before anybody else has his. */
const SLICE = 64;
const OTHERS = 20;
const EVERY_MS = 5;
const QUIET_MS = 5_000;

/** One agent is sent a million events as fast as they can be offered; the others are sent one now and then. */
export async function* flood(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  await using engine = await openEngine(scratch.directory);
  const quiet = await othersWhile(engine, () => new Promise((resolve) => setTimeout(resolve, QUIET_MS)));
  const rss = { before: process.memoryUsage.rss(), most: 0 };
  const sent = { written: 0, refused: 0 };
  const began = performance.now();
  const flooded = await othersWhile(engine, () => offerAll(engine, sent, rss));
  const tookMs = performance.now() - began;
  await engine.stop();
  const note = `${sent.written} written, ${sent.refused} refused with busy, in ${Math.round(tookMs)} ms`;
  yield {
    figure: "actors.flood.memory",
    measures: `growth of resident memory at its highest while ${FLOOD} events for one agent are offered, ${SLICE} in each turn of the loop, nobody waiting for their receipts; the whole engine runs`,
    unit: "MB",
    ours: { name: "aios, in process", n: FLOOD, value: rounded((rss.most - rss.before) / 1e6), note },
    bars: [{ of: "value", must: "at most", limit: 100 }],
    beside: [],
    notMeasured: "events above 1 KB",
  };
  const times = (of: "p50" | "p99") => rounded(flooded[of] / quiet[of]);
  yield {
    figure: "actors.flood.others",
    measures: `how many times as long ${OTHERS} other agents' events take from the call to their receipt meanwhile, one of them every ${EVERY_MS} ms; at the median, over the same without the flood. Flood and engine share the loop`,
    unit: "times",
    ours: {
      name: "aios, in process",
      n: 1,
      value: times("p50"),
      note: `p99 ${times("p99")} times; quiet ${JSON.stringify(quiet)}, flooded ${JSON.stringify(flooded)} ms`,
    },
    bars: [{ of: "value", must: "at most", limit: 2 }],
    beside: [],
    notMeasured: "a flood from another process",
  };
}

async function offerAll(
  engine: Engine,
  sent: { written: number; refused: number },
  rss: { most: number },
): Promise<void> {
  let settled = 0;
  for (let n = 0; n < FLOOD; n++) {
    engine.publish({ type: "bench.flood", subject: "agent/flooded", data: { n } }).then(
      () => {
        sent.written++;
        settled++;
      },
      () => {
        sent.refused++;
        settled++;
      },
    );
    if (n % SLICE !== 0) continue;
    await turn();
    if (n % 6_400 === 0) rss.most = Math.max(rss.most, process.memoryUsage.rss());
  }
  while (settled < FLOOD) await turn();
}

/** How long the others wait for their receipts while something goes on. */
async function othersWhile(engine: Engine, goesOn: () => Promise<unknown>) {
  const samples = new Samples();
  const underWay = new Set<Promise<unknown>>();
  let n = 0;
  const timer = setInterval(() => {
    const called = performance.now();
    const told = engine
      .publish({ type: "bench.calm", subject: `agent/calm-${n++ % OTHERS}`, data: { n } })
      .then(() => samples.add(performance.now() - called));
    underWay.add(told);
    void told.finally(() => underWay.delete(told));
  }, EVERY_MS);
  await goesOn();
  clearInterval(timer);
  await Promise.all(underWay);
  return samples.spread();
}
