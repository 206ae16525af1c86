import type { Config } from "../config.ts";
import type { RuleSet } from "../domain/playbook/rules.ts";
import type { EventType } from "../events/catalog.ts";
import type { AnyEvent } from "../events/envelope.ts";
import type { Journal } from "../events/journal.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Entropy } from "../kernel/entropy.ts";
import { AiosError } from "../kernel/errors.ts";
import type { FileLocks } from "../kernel/file-lock.ts";
import type { Files } from "../kernel/files.ts";
import type { Hash } from "../kernel/hash.ts";
import type { Log } from "../kernel/log.ts";
import { untold } from "../kernel/vitals.ts";
import { openPalace } from "../memory/open.ts";
import { startRuntime } from "../runtime/lifecycle.ts";
import { createRuntime, type Runtime } from "../runtime.ts";
import { chanceOf } from "./chance.ts";
import { Clients } from "./clients.ts";
import { CountedLog } from "./counted-log.ts";
import { Operator } from "./operator.ts";
import { populationOf, requestOf, type SimulatedAgent } from "./population.ts";
import { SimulatedProcesses } from "./simulated-processes.ts";
import { SimulatedWeb } from "./simulated-web.ts";
import { Tally } from "./tally.ts";
import { type Tape, TapedFiles } from "./taped-files.ts";
import { FIRST_MOMENT_MS, VirtualClock } from "./virtual-clock.ts";
import { WatchedJournal } from "./watched-journal.ts";
import { Weather } from "./weather.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Virtual milliseconds. */
  readonly durationMs: number;
  readonly agents: number;
  readonly config: Config;
  readonly rules: RuleSet;
  /** An event type that is lost before it is written, as if nobody had published it. */
  readonly without?: EventType | undefined;
  readonly version: string;
  /** Told after every virtual hour. */
  readonly progress?: (passedMs: number, events: number) => void;
}

/** What a simulation takes from the real world: arithmetic, the journal's code, and a place for its bytes. */
export interface SimulationParts {
  readonly hash: Hash;
  /** Resolves when no promise can go on by itself. */
  readonly drained: () => Promise<void>;
  /** Opens the engine's own journal on these ports; `replay` is told every event that is there already. */
  readonly openJournal: (
    path: string,
    ports: { readonly files: Files; readonly clock: Clock; readonly entropy: Entropy },
    replay: (event: AnyEvent) => void,
  ) => Promise<Journal>;
  readonly tape: Tape;
}

export type SimulationReport = Awaited<ReturnType<typeof simulate>>;

const DATA_DIR = "/simulation";
const STEP_MS = 3_600_000;
/** A simulation begins at eight in the morning: a short one is no night. */
const FIRST_MORNING_MS = FIRST_MOMENT_MS + 8 * STEP_MS;
const STOP_STEP_MS = 1_000;

/**
 * Lets an engine live through virtual time among simulated agents. Engine, host, scheduler, reactor and playbooks are
 * those of the product; what is around them is made up from the seed. The same options give the same journal.
 */
export async function simulate(options: SimulationOptions, parts: SimulationParts) {
  const { seed, agents: count, durationMs } = options;
  const agents = populationOf(count, seed);
  const tally = new Tally();
  const log = new CountedLog();
  let journal: WatchedJournal | undefined;
  const clock = new VirtualClock(FIRST_MORNING_MS, () => quiet(parts.drained, () => journal?.isBusy === true));
  const entropy = chanceOf(seed, "engine");
  const files = new TapedFiles(`${DATA_DIR}/events.jsonl`, parts.tape);
  const weather = new Weather(seed);
  const runtime = await openRuntime(options, parts, { agents, clock, entropy, files, log, weather });
  runtime.bus.fold((event) => tally.note(event));
  const turn = <T>(work: Promise<T>) => turnUntil(clock, work);
  const program = { version: options.version, node: "simulated", pid: 1 };
  const running = await turn(
    startRuntime(runtime, program, async (replay) => {
      const opened = await parts.openJournal(`${DATA_DIR}/events.jsonl`, { files, clock, entropy }, replay);
      journal = new WatchedJournal(opened, options.without);
      return journal;
    }),
  );
  const clients = new Clients(runtime, agents, weather, seed);
  const operator = new Operator(runtime, seed);
  await turn(registerAll(runtime, agents));
  operator.start();
  clients.start();
  await live(clock, options, tally);
  clients.stop();
  operator.stop();
  const standing = standingOf(runtime);
  await turn(running.stop("the simulated time is over"));
  return {
    simulated: true as const,
    seed,
    agents: count,
    durationMs,
    ...tally.counts(),
    refused: Object.fromEntries(clients.refused),
    ...(options.without === undefined ? {} : { without: options.without, lost: journal?.lost ?? 0 }),
    ...standing,
    logged: log.counts(),
  };
}

/** Everything that can happen before time passes has happened: no promise goes on, and the journal has answered all. */
async function quiet(drained: () => Promise<void>, isBusy: () => boolean): Promise<void> {
  for (;;) {
    await drained();
    if (!isBusy()) return;
    // The journal gathers a group until the next turn of the event loop.
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface World {
  readonly agents: readonly SimulatedAgent[];
  readonly clock: VirtualClock;
  readonly entropy: Entropy;
  readonly files: Files;
  readonly log: Log;
  readonly weather: Weather;
}

async function openRuntime(
  { seed, config, rules }: SimulationOptions,
  { hash }: SimulationParts,
  { agents, clock, entropy, files, log, weather }: World,
): Promise<Runtime> {
  const byId = new Map(agents.map((agent) => [agent.id, agent]));
  const processWorld = { clock, weather, faultUntil: new Map<string, number>() };
  return createRuntime({
    ports: {
      clock,
      entropy,
      hash,
      files,
      log,
      processes: new SimulatedProcesses(byId, processWorld, chanceOf(seed, "processes")),
      web: new SimulatedWeb(byId, clock, weather),
      vitals: { ...untold, host: async () => weather.host(clock.now()) },
      environment: {},
    },
    config,
    dataDir: DATA_DIR,
    palace: await openPalace({ backend: "volatile" }, { clock, files, locks: noLocks, log }),
    rules,
  });
}

/** Nobody else is in this world. */
const noLocks: FileLocks = { acquire: async () => ({ release: async () => {} }) };

async function registerAll(runtime: Runtime, agents: readonly SimulatedAgent[]): Promise<void> {
  for (const agent of agents) {
    await runtime.agents.register(requestOf(agent), "simulation").catch((failure: unknown) => {
      // Without the event that makes it known, no agent is.
      if (!(failure instanceof AiosError)) throw failure;
    });
  }
}

async function live(clock: VirtualClock, { durationMs, progress }: SimulationOptions, tally: Tally): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; ) {
    const stepMs = Math.min(STEP_MS, durationMs - passedMs);
    await clock.advance(stepMs);
    passedMs += stepMs;
    progress?.(passedMs, tally.events);
  }
}

/** Lets time pass until the work is done. */
async function turnUntil<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let over = false;
  const settled = Promise.allSettled([work]).then(() => {
    over = true;
  });
  for (let stepMs = 0; !over; stepMs = STOP_STEP_MS) {
    await nextTurn();
    await clock.advance(stepMs);
  }
  await settled;
  return work;
}

function standingOf({ score, views }: Runtime) {
  const { score: value, grade, trend, terms, why } = score.current();
  return {
    score: { score: value, grade, trend, terms, why },
    agentStates: views.agents.counts(),
    openTasks: views.tasks.counts(),
    lessons: views.lessons.list().length,
  };
}
