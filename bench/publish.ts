import path from "node:path";
import { keepCalling } from "./callers.ts";
import { openEngine } from "./engine.ts";
import type { Figure, Reading } from "./figure.ts";
import { openNaiveJournal } from "./naive-journal.ts";
import { natsVersion, openJetStream } from "./nats.ts";
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
    { of: "perSecond", must: "at least", limit: 50_000 },
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
    beside: [
      await throughNaiveJournal(scratch.directory, callers),
      ...(await throughJetStream(scratch.directory, callers, (append) => append(ping))),
    ],
    notMeasured: `a disk whose sync reaches a platter; events above 1 KB; a power cut${await withoutNats()}`,
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
    beside: [
      await throughNaiveJournal(scratch.directory, BATCH_CALLERS),
      ...(await throughJetStream(scratch.directory, BATCH_CALLERS, (append) => Promise.all(batch.map(append)), BATCH)),
    ],
    notMeasured: `a disk whose sync reaches a platter; events above 1 KB${await withoutNats()}`,
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

/** JetStream awaited, where its server is installed: `times` events in each call. */
async function throughJetStream(
  directory: string,
  callers: number,
  call: (append: (event: unknown) => Promise<void>) => Promise<unknown>,
  times = 1,
): Promise<readonly Reading[]> {
  const version = await natsVersion();
  if (version === undefined) return [];
  await using stream = await openJetStream(directory, version);
  const { answered: _, ...reading } = await keepCalling({
    name: `NATS JetStream ${version}, a stream in files, each event's acknowledgement awaited`,
    callers,
    call: () => call((event) => stream.append(event)),
    forMs: 3_000,
  });
  const note = "its server in a process of its own; it acknowledges before a sync, which it does every two minutes";
  return [{ ...reading, perSecond: times * (reading.perSecond ?? 0), note }];
}

async function withoutNats(): Promise<string> {
  return (await natsVersion()) === undefined ? "; NATS JetStream: there is no nats-server on PATH" : "";
}
