import { EventEmitter } from "node:events";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { openEngine } from "./engine.ts";
import type { Figure, Reading } from "./figure.ts";
import { openNaiveJournal } from "./naive-journal.ts";
import { Samples } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const PER_SECOND = 1_000;
const WARM_UP = 2 * PER_SECOND;
const COUNTED = 10 * PER_SECOND;
const BYSTANDERS = 20;

type Tick = { readonly type: string; readonly data: { readonly n: number } };
const tick = (n: number): Tick => ({ type: "bench.tick", data: { n } });

/** How long after it was published an event is told, while events come at a steady rate. */
export async function* dispatch(): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  yield {
    figure: `dispatch.${PER_SECOND}_per_second`,
    measures: `${PER_SECOND} events a second, each published when it is due whatever became of the others, from the call to the subscriber that hears it last of ${BYSTANDERS + 1}, durable before; the whole engine runs`,
    unit: "ms",
    ours: await throughTheEngine(scratch.directory),
    bars: [{ of: "p99", must: "at most", limit: 10 }],
    beside: [await throughAnEmitter(scratch.directory)],
    notMeasured: "subscribers on the other side of a socket; handlers that take time",
  };
}

async function throughTheEngine(directory: string): Promise<Reading> {
  await using engine = await openEngine(directory);
  for (let index = 0; index < BYSTANDERS; index++) {
    const topic = index % 2 === 0 ? "bench.*" : `other.${index}`;
    engine.subscribe({ topic }, () => undefined);
  }
  return await steadily("aios, in process", (hear) => {
    engine.subscribe({ topic: "bench.tick" }, ({ data }) => {
      if ("n" in data && typeof data["n"] === "number") hear(data["n"]);
    });
    return (n) => engine.publish(tick(n));
  });
}

async function throughAnEmitter(directory: string): Promise<Reading> {
  await using journal = await openNaiveJournal(path.join(directory, "naive.jsonl"));
  const emitter = new EventEmitter();
  return await steadily("an EventEmitter behind a line and an fdatasync for each event", (hear) => {
    emitter.on("bench.tick", ({ data }: Tick) => hear(data.n));
    return async (n) => {
      const event = tick(n);
      await journal.append(event);
      emitter.emit(event.type, event);
    };
  });
}

/** Publishes on a timetable that does not wait for anybody: a stall delays what comes behind it, and that is counted. */
async function steadily(
  name: string,
  connect: (hear: (n: number) => void) => (n: number) => Promise<unknown>,
): Promise<Reading> {
  const calledAt = new Float64Array(WARM_UP + COUNTED);
  const fromCall = new Samples();
  const fromDue = new Samples();
  const { promise: all, resolve: heardAll, reject: failed } = withResolvers();
  let began = 0;
  const dueAt = (n: number) => began + (1000 * n) / PER_SECOND;
  const publish = connect((n) => {
    if (n < WARM_UP) return;
    const now = performance.now();
    fromCall.add(now - (calledAt[n] ?? 0));
    fromDue.add(now - dueAt(n));
    if (fromCall.count === COUNTED) heardAll();
  });
  began = performance.now();
  let next = 0;
  const timer = setInterval(() => {
    for (const now = performance.now(); next < calledAt.length && dueAt(next) <= now; next++) {
      calledAt[next] = performance.now();
      publish(next).catch(failed);
    }
  }, 1);
  try {
    await all;
  } finally {
    clearInterval(timer);
  }
  const { p50, p99, max } = fromDue.spread();
  const note = `from when each was due, a late timer included: p50 ${p50}, p99 ${p99}, max ${max}`;
  return { name, n: COUNTED, spread: fromCall.spread(), note };
}

function withResolvers() {
  let resolve: () => void = () => undefined;
  let reject: (failure: unknown) => void = () => undefined;
  const promise = new Promise<void>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}
