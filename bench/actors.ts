import { execFile } from "node:child_process";
import { Session } from "node:inspector";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AnyActorRef, createActor, createMachine, enqueueActions, setup } from "xstate";
import { bear, createAlone, event, nameOf, steps } from "./agents.ts";
import { keepCalling } from "./callers.ts";
import { openEngine } from "./engine.ts";
import type { Figure, Reading } from "./figure.ts";
import { flood } from "./flood.ts";
import { ping } from "./ping.ts";
import { perSecond, rounded, timed } from "./samples.ts";
import { openScratch } from "./scratch.ts";

const FEW = 10_000;
const MANY = 100_000;
const STOPPED = 1_000;
const STEPS = 200_000;
const CALLERS = 256;
const RESOLUTION_MS = 10;

const session = new Session();
session.connect();
const collectGarbage = () => session.post("HeapProfiler.collectGarbage");

/** What a hundred thousand agents cost, what a step costs, and what an agent that is flooded costs the others. */
export async function* actors(): AsyncIterable<Figure> {
  yield await memory();
  yield await spawning();
  yield await stepping();
  yield await stopping();
  yield* flood();
  yield await loopDelay();
}

async function megabytesOf(who: "host" | "alone"): Promise<Reading> {
  const script = fileURLToPath(new URL("./live-agents.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script, who, `${MANY}`]);
  const { rss, heap } = JSON.parse(stdout) as { readonly rss: number; readonly heap: number };
  const name = who === "host" ? "aios host" : "xstate alone, createActor for each";
  return { name, n: MANY, value: rss, note: `${heap} MB of it on the heap` };
}

async function memory(): Promise<Figure> {
  return {
    figure: `actors.memory.${MANY}_agents`,
    measures: `resident memory above what it was before ${MANY} agents were born in a host with the inspector's tap and without read models, each contender in a process of its own, garbage collected before each look`,
    unit: "MB",
    ours: await megabytesOf("host"),
    bars: [{ of: "value", must: "at most", limit: 300 }],
    beside: [await megabytesOf("alone")],
    notMeasured: "read models, memory spaces and processes of the agents",
  };
}

async function spawning(): Promise<Figure> {
  const growth = async (
    name: string,
    make: (count: number) => Promise<{ readonly tookMs: number }>,
  ): Promise<Reading> => {
    await make(FEW);
    collectGarbage();
    const few = (await make(FEW)).tookMs;
    collectGarbage();
    const many = (await make(MANY)).tookMs;
    return { name, n: 1, value: rounded(many / few), note: `${rounded(few)} ms and ${rounded(many)} ms` };
  };
  return {
    figure: "actors.spawn.growth",
    measures: `how many times as long ${MANY} agents take to be born as ${FEW}, which was done once before; 10 is linear`,
    unit: "times",
    ours: await growth("aios host", bear),
    bars: [{ of: "value", must: "at most", limit: 12 }],
    beside: [await growth("xstate alone, createActor for each", createAlone)],
    notMeasured: "writing their registrations to a disk",
  };
}

async function stepping(): Promise<Figure> {
  const { host } = await bear(1_000);
  const { all } = await createAlone(1);
  const [actor] = all;
  const told = [...steps(STEPS)];
  const oursMs = await timed(() => {
    for (const one of told) host.hear(one);
  });
  let kept: unknown;
  const aloneMs = await timed(() => {
    for (const one of told) {
      actor?.send(one);
      kept = actor?.getPersistedSnapshot();
    }
  });
  if (kept === undefined || host.snapshot(`agent/${nameOf(0)}`)?.value !== "idle") throw new Error("nothing was heard");
  return {
    figure: "actors.steps",
    measures: `events heard by one agent of a host, its task beginning and ending ${STEPS / 2} times, announcements kept and not written`,
    unit: "ms",
    ours: { name: "aios host", n: STEPS, perSecond: perSecond(STEPS, oursMs) },
    bars: [],
    beside: [
      {
        name: "xstate alone, createActor and a persisted snapshot per event",
        n: STEPS,
        perSecond: perSecond(STEPS, aloneMs),
      },
    ],
    notMeasured: "writing events or snapshots to a disk",
  };
}

async function stopping(): Promise<Figure> {
  const { host } = await bear(MANY);
  for (let n = 0; n < MANY; n++) {
    const about = { taskId: `t-${n}`, agentId: nameOf(n), attempt: 1, key: `t-${n}/1` };
    host.hear(event("task.started", { ...about, deadlineAtMs: 9e15, configVersion: 1, probe: false, lessons: [] }));
    host.hear(event("task.attempt_failed", { ...about, reason: "error", error: { message: "no" }, durationMs: 1 }));
  }
  const armed = host.deadlines().length;
  const archive = async (from: number) => {
    const archived = Array.from({ length: STOPPED }, (_, n) =>
      event("agent.archived", { agentId: nameOf(from + n), by: "bench", reason: "bench" }),
    );
    collectGarbage();
    return timed(() => {
      for (const one of archived) host.hear(one);
    });
  };
  const tookMs = await archive(0);
  const left = host.deadlines().length;
  if (armed !== MANY || left !== MANY - STOPPED) throw new Error(`${armed} were armed and ${left} are left`);
  return {
    figure: `actors.stop.${STOPPED}_of_${MANY}_armed`,
    measures: `${STOPPED} agents archived, each with a deadline that is dropped, while ${MANY} deadlines are wanted; the first ever in this process, and what making them left behind collected before`,
    unit: "ms",
    ours: {
      name: "aios host",
      n: STOPPED,
      value: rounded(tookMs),
      note: `the next ${STOPPED}: ${rounded(await archive(STOPPED))} ms`,
    },
    bars: [{ of: "value", must: "at most", limit: 20 }],
    beside: [await stoppingAlone()],
    notMeasured: "journaling that they were archived",
  };
}

/** Children of one system with an `after` each, as one would write them first; a tenth as many, for it is quadratic. */
async function stoppingAlone(): Promise<Reading> {
  const child = createMachine({
    initial: "blocked",
    states: { blocked: { after: { 3600000: "idle" } }, idle: {} },
  });
  const parent = createActor(
    setup({ types: { context: {} as { readonly children: readonly AnyActorRef[] } }, actors: { child } }).createMachine(
      {
        context: ({ spawn }) => ({ children: Array.from({ length: FEW }, () => spawn("child")) }),
        on: {
          STOP: {
            actions: enqueueActions(({ context, enqueue }) => {
              for (const one of context.children.slice(0, STOPPED)) enqueue.stopChild(one);
            }),
          },
        },
      },
    ),
  ).start();
  const tookMs = await timed(() => parent.send({ type: "STOP" }));
  const note = `while ${FEW} are armed`;
  parent.stop();
  return { name: "xstate alone, `after` in children", n: STOPPED, value: rounded(tookMs), note };
}

async function loopDelay(): Promise<Figure> {
  await using scratch = await openScratch();
  await using engine = await openEngine(scratch.directory);
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const warmUp = setTimeout(() => histogram.enable(), 2_000);
  const began = performance.now();
  const { perSecond = 0 } = await keepCalling({
    name: "full load",
    callers: CALLERS,
    call: () => engine.publish(ping),
  });
  histogram.disable();
  clearTimeout(warmUp);
  await engine.stop();
  const late = (percent: number) => rounded(Math.max(0, histogram.percentile(percent) / 1e6 - RESOLUTION_MS));
  return {
    figure: "actors.loop_delay",
    measures: `how late the loop comes to a timer while ${CALLERS} callers publish without pause for ${Math.round(performance.now() - began)} ms, the first two seconds left out`,
    unit: "ms",
    ours: {
      name: "aios, in process",
      n: (histogram as unknown as { readonly count: number }).count,
      perSecond,
      spread: { p50: late(50), p95: late(95), p99: late(99), max: late(100) },
    },
    bars: [{ of: "p99", must: "at most", limit: 50 }],
    beside: [],
    notMeasured: "requests over HTTP, agents at work",
  };
}
