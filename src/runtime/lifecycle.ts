import { reactorNow } from "../actors/reactor.ts";
import { type AnyEvent, is } from "../events/envelope.ts";
import type { Journal } from "../events/journal.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Runtime } from "../runtime.ts";
import { foldEvents } from "./folds.ts";
import { endOrphans } from "./orphans.ts";
import { reportStalls } from "./stall-reports.ts";

/** How far back events are considered once more after a crash: older problems have changed or show themselves again. */
const RECONSIDER_MS = 60_000;
const RECONSIDER_MOST = 5_000;

export interface Program {
  readonly version: string;
  readonly node: string;
  readonly pid: number;
}

export interface Running {
  /** Takes no new work, lets what runs finish for the configured time, journals the end and closes. */
  stop(reason: string): Promise<void>;
  /** What the engine has to say about being ready; empty when it is. */
  readonly ready: () => boolean;
}

/**
 * Brings the engine up on its journal: replay, then what a crash left undone, then new work. When that fails, nothing of
 * it goes on.
 *
 * @param open opens the journal and feeds every event that is already there to its argument
 */
export async function startRuntime(
  runtime: Runtime,
  program: Program,
  open: (replay: (event: AnyEvent) => void) => Promise<Journal>,
): Promise<Running> {
  const { bus, host, score, remedies, ports } = runtime;
  const began = ports.clock.monotonic();
  let last: AnyEvent | undefined;
  let startedBeforeMs = 0;
  let recent: AnyEvent[] = [];
  let state: "starting" | "ready" | "stopped" = "starting";
  foldEvents(runtime);
  host.begin();
  const journal = await open((event) => {
    bus.replay(event);
    last = event;
    if (is(event, "engine.started")) startedBeforeMs = event.at;
    recent.push(event);
    if (recent.length > 2 * RECONSIDER_MOST) recent = recent.slice(-RECONSIDER_MOST);
  });
  bus.attach(journal);
  const watching: (() => void)[] = [];
  try {
    await begin();
    await bus.publish({
      type: "engine.ready",
      subject: "engine",
      data: { startMs: Math.round(ports.clock.monotonic() - began) },
    });
    state = "ready";
  } catch (failure) {
    await stop("it could not start");
    throw failure;
  }
  return { stop, ready: () => state === "ready" };

  async function begin(): Promise<void> {
    const { lessons, sensors, config } = runtime;
    await endOrphans(runtime);
    await host.goLive();
    await bus.publish({ type: "engine.started", subject: "engine", data: { ...program, previous: previousOf(last) } });
    await reportStalls(runtime, startedBeforeMs);
    await adoptMode(runtime);
    await bus.publish({ type: "playbook.loaded", subject: "reactor", data: loadedRules(runtime) });
    bus.fold((event) => remedies.consider(event));
    score.goLive();
    const keeping = lessons.start();
    watching.push(watchKillSwitch(runtime), () => keeping[Symbol.dispose]());
    for (const declared of config.agents.declared) await runtime.agents.register(declared, "configuration");
    const since = ports.clock.now() - RECONSIDER_MS;
    for (const event of recent) if (event.at >= since) remedies.consider(event);
    recent = [];
    if (config.sensors.enabled) sensors.start();
  }

  async function stop(reason: string): Promise<void> {
    if (state === "stopped") return;
    state = "stopped";
    const { dispatcher, pool, reports, lessons, sensors, config } = runtime;
    await bus.publish({ type: "engine.stopping", subject: "engine", data: { reason } }).catch(() => undefined);
    runtime.stopping.abort("interrupted");
    sensors.stop();
    score.stop();
    await dispatcher.drain(config.shutdown.graceMs);
    await remedies.settled();
    await pool.close();
    await reports.settled();
    await host.stop();
    await lessons.settled();
    for (const over of watching) over();
    await bus.publish({ type: "engine.stopped", subject: "engine", data: { reason } }).catch((failure: unknown) => {
      ports.log.error("the end could not be journaled", { failure: messageOf(failure) });
    });
    await journal.close();
  }
}

function previousOf(last: AnyEvent | undefined): "none" | "clean" | "crashed" {
  if (last === undefined || is(last, "journal.opened")) return "none";
  return is(last, "engine.stopped") ? "clean" : "crashed";
}

/** The configured mode holds at every start; a mode chosen meanwhile by a person ends with the engine. */
async function adoptMode({ host, bus, config }: Runtime): Promise<void> {
  const { mode } = config.reactor;
  if (reactorNow(host).mode !== mode)
    await bus.publish({ type: "reactor.mode_changed", subject: "reactor", data: { mode, by: "configuration" } });
}

function loadedRules({ rules }: Runtime) {
  return {
    loaded: rules.rules.map(({ playbook, hash }) => ({ id: playbook.id, hash, enabled: playbook.enabled })),
    refused: rules.refused.map(({ file, reason }) => ({ file, reason })),
  };
}

const LOOK_MS = 500;
const BY_FILE = "file";

/** The kill switch as a file: its appearance pauses, its removal resumes what it had paused. */
function watchKillSwitch({ ports, dataDir, bus, host }: Runtime): () => void {
  const { clock, files, log } = ports;
  const over = new AbortController();
  void watch(clock);
  return () => over.abort();

  async function watch(on: Clock): Promise<void> {
    while (!over.signal.aborted) {
      await look().catch((failure: unknown) =>
        log.warn("the kill switch could not be read", { failure: messageOf(failure) }),
      );
      await pause(on, LOOK_MS, over.signal);
    }
  }

  async function look(): Promise<void> {
    const pulled = await files.exists(`${dataDir}/PAUSE`);
    const { paused, context } = reactorNow(host);
    if (pulled && !paused)
      await bus.publish({
        type: "reactor.paused",
        subject: "reactor",
        data: { by: BY_FILE, reason: "the file PAUSE exists" },
      });
    if (!pulled && paused && context.pausedBy?.by === BY_FILE)
      await bus.publish({ type: "reactor.resumed", subject: "reactor", data: { by: BY_FILE } });
  }
}
