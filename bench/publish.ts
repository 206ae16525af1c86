import path from "node:path";
import { keepCalling } from "./callers.ts";
import { openEngine } from "./engine.ts";
import type { Figure } from "./figure.ts";
import { openNaiveJournal } from "./naive-journal.ts";
import { ping } from "./ping.ts";
import { publishOverHttp } from "./publish-http.ts";
import { rounded } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const CALLERS = 256;
/** Events that are handed in at once, and how many callers do so. */
const BATCH = 1_000;
const BATCH_CALLERS = 8;

/** How many events a second are durable, and how long a publisher waits for it. */
export async function* publish(): AsyncIterable<Figure> {
  yield await inProcess(CALLERS, [
    { of: "perSecond", must: "at least", limit: 20_000 },
    { of: "p99", must: "at most", limit: 25 },
  ]);
  yield await inProcess(1, []);
  yield await inBatches();
  yield* publishOverHttp(CALLERS);
}

async function inProcess(callers: number, bars: Figure["bars"]): Promise<Figure> {
  await using scratch = await openScratch();
  const ours = await throughTheEngine(scratch.directory, callers);
  return {
    figure: `publish.in_process.${callers}`,
    measures: `${callers === 1 ? "one caller" : `${callers} callers, each`} publishing its next event when its last is durable, from the call to its receipt; the whole engine runs, and one subscriber hears every event`,
    unit: "ms",
    ours,
    bars,
    beside: [await throughNaiveJournal(scratch.directory, callers)],
    notMeasured: "a disk whose sync reaches a platter; events above 1 KB; a power cut",
  };
}

/** `publishMany`: sealed one by one like all others, acknowledged together. */
async function inBatches(): Promise<Figure> {
  await using scratch = await openScratch();
  const batch = Array.from({ length: BATCH }, () => ping);
  const cpu = process.cpuUsage();
  await using engine = await openEngine(scratch.directory);
  const { answered, ...reading } = await keepCalling({
    name: "aios, in process, publishMany",
    callers: BATCH_CALLERS,
    call: () => engine.publishMany(batch),
  });
  const { user, system } = process.cpuUsage(cpu);
  await engine.stop();
  return {
    figure: `publish.in_process.batch_${BATCH}`,
    measures: `${BATCH_CALLERS} callers, each handing in ${BATCH} events when its last ${BATCH} are durable; events a second, and how long a batch takes from the call to its receipts; the whole engine runs`,
    unit: "ms",
    ours: {
      ...reading,
      perSecond: BATCH * (reading.perSecond ?? 0),
      note: `${rounded((user + system) / (answered * BATCH))} µs of processor time an event, garbage collection in it`,
    },
    bars: [{ of: "perSecond", must: "at least", limit: 150_000 }],
    beside: [await throughNaiveJournal(scratch.directory, BATCH_CALLERS)],
    notMeasured:
      "NATS JetStream: it is not asked, whether it is installed or not; a disk whose sync reaches a platter; events above 1 KB",
  };
}

async function throughTheEngine(directory: string, callers: number) {
  await using engine = await openEngine(directory);
  let heard = 0;
  using _subscriber = engine.subscribe({ topic: ping.type }, () => {
    heard++;
  });
  const { answered, ...reading } = await keepCalling({
    name: "aios, in process",
    callers,
    call: () => engine.publish(ping),
  });
  await engine.stop();
  if (heard !== answered) throw new Error(`${answered} events were acknowledged and ${heard} were heard`);
  return reading;
}

async function throughNaiveJournal(directory: string, callers: number) {
  await using journal = await openNaiveJournal(path.join(directory, "naive.jsonl"));
  const { answered: _, ...reading } = await keepCalling({
    name: "a line and an fdatasync for each event",
    callers,
    call: () => journal.append(ping),
    forMs: 3_000,
  });
  return reading;
}
