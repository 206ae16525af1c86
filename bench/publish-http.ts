import { keepCalling } from "./callers.ts";
import type { Figure } from "./figure.ts";
import { openClient } from "./http-client.ts";
import { ping } from "./ping.ts";
import { openScratch } from "./scratch.ts";
import { type Started, startBuilt, startNaive } from "./started.ts";

const BATCH = 100;

/** The same over HTTP: the product in a process of its own, the callers in this one. */
export async function* publishOverHttp(callers: number): AsyncIterable<Figure> {
  await using scratch = await openScratch();
  const naive = await overHttp("node:http, a line and an fdatasync for each event", scratch.directory, callers);
  await using engine = await startBuilt(scratch.directory);
  const about = {
    unit: "ms",
    bars: [],
    notMeasured:
      "TLS, a network, and a client that costs nothing: client and engine share the machine, and the client needs a third of what the engine does",
  };
  yield {
    ...about,
    figure: `publish.http.${callers}`,
    measures: `${callers} callers on as many kept connections, each posting its next event when its last was answered 202, from the request to the end of the answer`,
    ours: await posting("aios, over HTTP", engine, callers),
    beside: [naive],
  };
  yield {
    ...about,
    figure: "publish.http.1",
    measures: "one caller on one kept connection, from the request to the end of the answer",
    ours: await posting("aios, over HTTP", engine, 1),
    beside: [],
  };
  yield {
    ...about,
    figure: `publish.http.batch_${BATCH}`,
    measures: `16 callers, each posting ${BATCH} events at once and its next batch when its last was answered 202; multiply the rate by ${BATCH} for events`,
    ours: await posting("aios, over HTTP", engine, 16, JSON.stringify(Array.from({ length: BATCH }, () => ping))),
    beside: [],
  };
}

async function overHttp(name: string, directory: string, callers: number) {
  await using server = await startNaive(directory);
  return await posting(name, server, callers);
}

async function posting(name: string, { url }: Started, callers: number, body = JSON.stringify(ping)) {
  using client = openClient(`${url}/api/v1/events`, callers);
  const { answered: _, ...reading } = await keepCalling({ name, callers, call: () => client.post(body) });
  return reading;
}
