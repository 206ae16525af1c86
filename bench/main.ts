import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Figure, judge } from "./figure.ts";
import { describeMachine, describePackages } from "./machine.ts";

type Bench = () => AsyncIterable<Figure>;

/** `npm run bench` runs all of them one after the other, each in a process of its own; `npm run bench -- NAME` those named. */
/** These want something that not every machine has, and run when they are named. */
const onlyNamed = new Set(["memory-servers"]);
const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  publish: async () => (await import("./publish.ts")).publish,
  dispatch: async () => (await import("./dispatch.ts")).dispatch,
  choose: async () => (await import("./choose.ts")).choose,
  storm: async () => (await import("./storm.ts")).storm,
  backtest: async () => (await import("./backtest.ts")).backtest,
  score: async () => (await import("./score.ts")).score,
  fingerprint: async () => (await import("./fingerprint.ts")).fingerprint,
  errors: async () => (await import("./million-errors.ts")).millionErrors,
  memory: async () => (await import("./memory.ts")).memory,
  "memory-servers": async () => (await import("./memory-servers.ts")).memoryServers,
  recovery: async () => (await import("./recovery.ts")).recovery,
  simulate: async () => (await import("./simulate.ts")).simulate,
  start: async () => (await import("./start.ts")).start,
  actors: async () => (await import("./actors.ts")).actors,
};

process.exitCode = await run(process.argv.slice(2));

/** 0 when everything was measured, whatever the figures; 1 when something could not be; 2 for a name nobody knows. */
async function run(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(benches, name));
  if (unknown.length > 0) {
    console.error(`there is no bench ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
    return 2;
  }
  const [only] = names;
  const bench = names.length === 1 && only !== undefined ? benches[only] : undefined;
  if (bench !== undefined) return measure(await bench());
  let failed = 0;
  for (const name of names.length > 0 ? names : Object.keys(benches).filter((one) => !onlyNamed.has(one)))
    failed ||= await measureApart(name);
  return failed;
}

async function measure(bench: Bench): Promise<number> {
  const packages = await describePackages();
  for await (const figure of bench()) {
    const bars = judge(figure);
    const about = { at: new Date().toISOString(), machine: describeMachine(), node: process.version, packages };
    console.log(JSON.stringify({ ...figure, bars, ...about }));
    for (const { of, must, limit, measured, met } of bars)
      console.error(`${figure.figure}: ${of} ${measured}, must be ${must} ${limit}: ${met ? "met" : "MISSED"}`);
  }
  return 0;
}

/** A process of its own: what one bench leaves on the heap, or warms up, is no other one's business. */
async function measureApart(name: string): Promise<number> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name], {
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}
