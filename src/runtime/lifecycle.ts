import { ClockWatch } from "../actors/clock-watch.ts";
import { reactorNow } from "../actors/reactor.ts";
import type { AnyEvent } from "../events/envelope.ts";
import type { Journal } from "../events/journal.ts";
import { type Clock, pause } from "../kernel/clock.ts";
import { messageOf } from "../kernel/errors.ts";
import type { Runtime } from "../runtime.ts";
import { Checkpointer } from "./checkpoints/checkpointer.ts";
import { sealWith } from "./checkpoints/format.ts";
import { RecentPast } from "./checkpoints/recent-past.ts";
import { type OpenJournal, resume } from "./checkpoints/resume.ts";
import { CheckpointStore } from "./checkpoints/store.ts";
import { foldEvents } from "./folds.ts";
import { endOrphans } from "./orphans.ts";
import { beginResidents, declareSupervision } from "./residents.ts";
import { loadedRules } from "./rule-keeper.ts";
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
 * It begins from the newest checkpoint that fits, and reads the journal from there.
 */
export async function startRuntime(runtime: Runtime, program: Program, open: OpenJournal): Promise<Running> {
  const { bus, host, score, recollection, remedies, ports, config, dataDir } = runtime;
  const began = ports.clock.monotonic();
  let recent: AnyEvent[] = [];
  let replayed = 0;
  let state: "starting" | "ready" | "stopped" = "starting";
  foldEvents(runtime);
  // Its state is in the head of a checkpoint.
  const past = new RecentPast(RECONSIDER_MS);
  bus.fold((event) => past.note(event));
  host.begin();
  const seal = sealWith(ports.hash, config.journal.key);
  const store = new CheckpointStore(ports.files, `${dataDir}/checkpoints`, seal);
  const { journal, from } = await resume(
    {
      store,
      states: bus.states,
      unfit: () => host.unfit,
      rebuild: (event) => bus.replay(event),
      log: ports.log,
    },
    open,
    (event) => {
      bus.replay(event);
      replayed++;
      recent.push(event);
      if (recent.length > 2 * RECONSIDER_MOST) recent = recent.slice(-RECONSIDER_MOST);
    },
  );
  const lastAtMs = recent.at(-1)?.at ?? (await newestOf(journal))?.at;
  if (from !== undefined) past.takeUp(from.recentFrom ?? 1, from.takenAtMs);
  bus.attach(journal);
  ports.log.debug("the journal was read", { checkpoint: from?.position.sequence ?? "none", replayed });
  let checkpointer: Checkpointer | undefined;
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
    const { lessons, sensors } = runtime;
    await endOrphans(runtime);
    await host.goLive();
    const startedBeforeMs = runtime.views.engine.current.startedAtMs ?? 0;
    await bus.publish({
      type: "engine.started",
      subject: "engine",
      data: { ...program, previous: previousOf(runtime) },
    });
    await reportStalls(runtime, startedBeforeMs);
    await tellQuarantined(runtime);
    await adoptMode(runtime);
    await recollection.start();
    watching.push(() => recollection.stop());
    // Considered is what comes from the list of playbooks on: the journal tells where that begins.
    bus.fold((event) => remedies.consider(event));
    await bus.publish({ type: "playbook.loaded", subject: "reactor", data: loadedRules(remedies.rules) });
    score.goLive();
    const keeping = lessons.start();
    const drawing = runtime.graph.start();
    runtime.memoryCare.start();
    const clockWatch = new ClockWatch({ ...ports, bus, wall: ports.wall ?? (() => ports.clock.now()) });
    clockWatch.start(lastAtMs);
    watching.push(() => clockWatch.stop());
    watching.push(
      watchKillSwitch(runtime),
      () => keeping[Symbol.dispose](),
      () => drawing[Symbol.dispose](),
    );
    await declareSupervision(runtime);
    for (const declared of config.agents.declared) await runtime.agents.register(declared, "configuration");
    await reconsider();
    void beginResidents(runtime);
    checkpointer = new Checkpointer({
      bus,
      journal,
      store,
      clock: ports.clock,
      log: ports.log,
      settings: config.journal.checkpoint,
      recentFrom: () => past.beginOf(ports.clock.now() - RECONSIDER_MS),
      since: from?.position.sequence ?? 0,
    });
    if (config.sensors.enabled) {
      sensors.start();
      runtime.watcher.start();
    }
    watching.push(await runtime.ruleKeeper.watch());
  }

  /** What an engine before may not have answered yet; before the checkpoint it stands in the journal alone. */
  async function reconsider(): Promise<void> {
    const since = ports.clock.now() - RECONSIDER_MS;
    const { sequence } = from?.position ?? { sequence: 0 };
    const missing = RECONSIDER_MOST - recent.length;
    if (from !== undefined && from.takenAtMs >= since && missing > 0) {
      const after = Math.max(sequence - missing, past.beginOf(since) - 1);
      for await (const event of journal.read({ after, until: sequence }))
        if (event.at >= since) remedies.consider(event);
    }
    for (const event of recent) if (event.at >= since) remedies.consider(event);
    recent = [];
    remedies.resume();
  }

  async function stop(reason: string): Promise<void> {
    if (state === "stopped") return;
    state = "stopped";
    const { dispatcher, pool, reports, lessons, sensors } = runtime;
    await bus.publish({ type: "engine.stopping", subject: "engine", data: { reason } }).catch(() => undefined);
    runtime.stopping.abort("interrupted");
    sensors.stop();
    runtime.watcher.stop();
    score.stop();
    await dispatcher.drain(config.shutdown.graceMs);
    await withinGrace(remedies.settled(), ports.clock, config.shutdown.graceMs);
    remedies.close();
    await pool.close();
    await reports.settled();
    await withinGrace(host.stop(), ports.clock, config.shutdown.graceMs);
    await lessons.settled();
    await runtime.graph.settled();
    await runtime.memoryCare.stop();
    for (const over of watching) over();
    await bus.closeGate();
    await bus.publish({ type: "engine.stopped", subject: "engine", data: { reason } }).catch((failure: unknown) => {
      ports.log.error("the end could not be journaled", { failure: messageOf(failure) });
    });
    await checkpointer?.close();
    await journal.close();
  }
}

/** Neither an effect that never ends nor a flood that is not answered yet may keep the engine from ending. */
async function withinGrace(ending: Promise<void>, clock: Clock, graceMs: number): Promise<void> {
  const enough = new AbortController();
  await Promise.race([ending, pause(clock, graceMs, enough.signal)]);
  enough.abort();
}

function previousOf({ views }: Runtime): "none" | "clean" | "crashed" {
  const { version, state } = views.engine.current;
  if (version === undefined) return "none";
  return state === "stopped" ? "clean" : "crashed";
}

/** Actors of the checkpoint that this version cannot run; told once for each state and version. */
async function tellQuarantined({ host, bus }: Runtime): Promise<void> {
  for (const { id, machine, key, reason, difference } of host.unfit.filter((one) => !host.snapshot(one.id)))
    await bus.publish({
      type: "actor.quarantined",
      subject: id,
      idempotencykey: `actor.quarantined:${key}`,
      data: { actor: id, machine, reason, difference: [...difference] },
    });
}

/** What a checkpoint stands for is not replayed. */
async function newestOf(journal: Journal): Promise<AnyEvent | undefined> {
  for await (const event of journal.read({ after: journal.lastSequence - 1 })) return event;
  return undefined;
}

/** The configured mode holds at every start; a mode chosen meanwhile by a person ends with the engine. */
async function adoptMode({ host, bus, config }: Runtime): Promise<void> {
  const { mode } = config.reactor;
  if (reactorNow(host).mode !== mode)
    await bus.publish({ type: "reactor.mode_changed", subject: "reactor", data: { mode, by: "configuration" } });
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
