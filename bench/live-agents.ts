import { Session } from "node:inspector";
import { bear, createAlone } from "./agents.ts";
import { rounded } from "./samples.ts";

/*
 * A process of its own for each contender: what another one has left behind would hide what this one takes.
 * `live-agents.ts host|alone COUNT` writes the megabytes as JSON.
 */
const FEW = 1_000;
const makers = { host: bear, alone: createAlone } as const;
const [who, count] = process.argv.slice(2);
const make = who === "host" || who === "alone" ? makers[who] : undefined;
if (make === undefined) throw new Error(`there is no contender ${who}`);

const session = new Session();
session.connect();
const collectGarbage = () => session.post("HeapProfiler.collectGarbage");

await make(FEW);
collectGarbage();
const before = process.memoryUsage();
const kept = await make(Number(count));
collectGarbage();
const after = process.memoryUsage();
const megabytes = {
  rss: rounded((after.rss - before.rss) / 1e6),
  heap: rounded((after.heapUsed - before.heapUsed) / 1e6),
};
console.log(JSON.stringify({ ...megabytes, tookMs: kept.tookMs }));
