import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { withOwnActions } from "./actions/own/load.ts";
import { hasEnded, type TaskRow } from "./actors/views/tasks.ts";
import { watchedPlaces } from "./actors/watches/places.ts";
import type { AgentFunction } from "./agents/function.ts";
import { configure } from "./config/configure.ts";
import { memoryEmbedder, memoryPlaces } from "./config/memory-places.ts";
import type { Config, ConfigInput } from "./config.ts";
import { compileRules, type PlaybookFile } from "./domain/playbook/rules.ts";
import type { Publishable } from "./events/bus.ts";
import type { AnyEvent, Receipt } from "./events/envelope.ts";
import type { EventFilter } from "./events/filter.ts";
import type { Subscription } from "./events/subscription.ts";
import { createApp } from "./http/app.ts";
import { directoryPages } from "./http/pages.ts";
import { Tokens } from "./http/tokens.ts";
import { AiosError } from "./kernel/errors.ts";
import type { Json } from "./kernel/json.ts";
import type { Log } from "./kernel/log.ts";
import { Scope } from "./kernel/scope.ts";
import type { Stall } from "./kernel/watch.ts";
import type { TwoMethodBackend } from "./memory/backends/two-method.ts";
import type { Migration } from "./memory/migration/report.ts";
import { openMovable, openPalace } from "./memory/open.ts";
import type { MemoryPalace as Palace } from "./memory/palace.ts";
import { backUpBeside } from "./platform/backup/beside.ts";
import { writeBackup } from "./platform/backup/write.ts";
import { systemClock } from "./platform/clock.ts";
import { DATA_FORMAT, settleDataFormat } from "./platform/data-format.ts";
import { systemEntropy } from "./platform/entropy.ts";
import { nodeFileLocks } from "./platform/file-lock.ts";
import { nodeFiles } from "./platform/files.ts";
import { nodeHash } from "./platform/hash.ts";
import { type Listening, listen } from "./platform/http-server.ts";
import { anchorsPath } from "./platform/journal/anchors.ts";
import { FileJournal } from "./platform/journal/file-journal.ts";
import { createSealer } from "./platform/journal/seal.ts";
import { createLog } from "./platform/log.ts";
import { watchLoop } from "./platform/loop-delay.ts";
import { nodeModules } from "./platform/modules.ts";
import { createProcesses } from "./platform/processes.ts";
import { machineTime } from "./platform/steady-time.ts";
import { createVitals } from "./platform/vitals.ts";
import { canWatch, readStalls, startWatchdog } from "./platform/watchdog.ts";
import { nodeWeb } from "./platform/web.ts";
import type { AgentRequest } from "./runtime/agent-desk.ts";
import { httpDoors } from "./runtime/doors/http-doors.ts";
import { libraryMemory } from "./runtime/library-memory.ts";
import { startRuntime } from "./runtime/lifecycle.ts";
import { loadRules, playbookFolders, playbookSignature, readPlaybooks } from "./runtime/playbook-files.ts";
import type { Ports } from "./runtime/ports.ts";
import { stalled } from "./runtime/stall-reports.ts";
import type { TaskRequest } from "./runtime/task-desk.ts";
import { createRuntime, type Runtime } from "./runtime.ts";

export type { OwnAction } from "./actions/own/form.ts";
export type { ActionTools, OwnActionFactory } from "./actions/own/load.ts";
export type { TaskRow as Task } from "./actors/views/tasks.ts";
export type { AgentFunction, FunctionCall } from "./agents/function.ts";
export type { Config, ConfigInput } from "./config.ts";
export { catalog, type EventData, type EventType } from "./events/catalog.ts";
export type { AiosEvent, AnyEvent, EventOf, Receipt } from "./events/envelope.ts";
export { is } from "./events/envelope.ts";
export type { EventFilter } from "./events/filter.ts";
export type { Subscription } from "./events/subscription.ts";
export { AiosError, type FailureCode, failures } from "./kernel/errors.ts";
export type { Json } from "./kernel/json.ts";
export type { TwoMethodBackend } from "./memory/backends/two-method.ts";
export type { AgentRequest } from "./runtime/agent-desk.ts";
export type { TaskRequest } from "./runtime/task-desk.ts";

const packageRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

export { version };

export interface EngineOptions {
  /** Settings as in `aios.config.json`; the environment is not read unless `env` is given. */
  readonly config?: ConfigInput;
  /** A configuration already merged from file and environment; beats `config`. */
  readonly configured?: Config;
  /** Relative paths of the configuration are taken from here; the working directory unless told. */
  readonly directory?: string;
  /** Whether to listen for HTTP. No unless told. */
  readonly http?: boolean;
  readonly log?: Log;
}

/** An engine that runs. */
export interface Engine extends AsyncDisposable {
  /** Where it listens; `undefined` without HTTP. */
  readonly url: string | undefined;
  readonly runtime: Runtime;
  readonly agents: {
    /** Registers an agent. `{kind: "function", run}` runs inside this program and is known until it ends. */
    register(id: string, agent: LibraryAgent): Promise<void>;
  };
  readonly tasks: {
    submit(task: TaskRequest): Promise<TaskRow>;
    /**
     * Resolves when the task has ended, however it ended. Rejects with `task.unknown`, and with `engine.stopping` when
     * the engine stopped before: the task goes on after the next start.
     */
    finished(id: string): Promise<TaskRow>;
  };
  readonly memory: Palace;
  /** Resolves once the event is durable. Rejects with `busy` when too much waits already: nothing of it is kept. */
  publish(event: Publishable): Promise<Receipt>;
  /** As `publish`, for several in their order: all of them, or none. */
  publishMany(events: readonly Publishable[]): Promise<readonly Receipt[]>;
  subscribe(filter: EventFilter, handle: (event: AnyEvent) => void | Promise<void>): Subscription;
  stop(reason?: string): Promise<void>;
}

export type LibraryAgent =
  | ({ readonly kind: "function"; readonly run: AgentFunction } & Omit<AgentRequest, "id" | "kind" | "config">)
  | Omit<AgentRequest, "id">;

/**
 * Starts an engine on a data directory of its own.
 *
 * @throws {AiosError} `config.invalid`, `data.locked`, `data.unwritable`, `journal.corrupt`, `http.port_in_use`, `config.unsafe_bind`
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const directory = path.resolve(options.directory ?? ".");
  const config =
    options.configured ??
    configure({
      env: {},
      ...(options.config === undefined ? {} : { file: { path: "config", content: options.config } }),
    }).config;
  const dataDir = path.resolve(directory, config.dataDir);
  const log = options.log ?? createLog({ level: config.log.level });
  const scope = new Scope();
  try {
    return await open(config, directory, dataDir, log, scope, options.http === true);
  } catch (failure) {
    await scope[Symbol.asyncDispose]().catch(() => undefined);
    throw failure;
  }
}

async function open(
  config: Config,
  directory: string,
  dataDir: string,
  log: Log,
  scope: Scope,
  http: boolean,
): Promise<Engine> {
  const clock = systemClock;
  const locks = nodeFileLocks(clock);
  await nodeFiles.makeDirectory(dataDir);
  scope.use(await locks.acquire(path.join(dataDir, "engine.lock"), { waitMs: 0 }), (lock) => lock.release());
  await settleLayout(dataDir, config, log);
  const watchdogFile = path.join(dataDir, "watchdog.jsonl");
  const past = await readStalls(nodeFiles, watchdogFile);
  let wentOn: (stall: Stall) => void = () => {};
  const { enabled, stallMs, endMs } = config.supervision.watchdog;
  const watchdog =
    enabled && canWatch()
      ? scope.use(
          startWatchdog({ path: watchdogFile, stallMs, endMs, log, over: (stall) => wentOn(stall) }),
          (started) => started.close(),
        )
      : undefined;
  const ports: Ports = {
    watch: watchdog?.watch,
    wall: machineTime.wall,
    clock,
    entropy: systemEntropy,
    hash: nodeHash,
    files: nodeFiles,
    log,
    processes: createProcesses({ clock, entropy: systemEntropy, owner: ownerOf(dataDir) }),
    web: nodeWeb,
    vitals: createVitals({ diskPath: dataDir }),
    loop: scope.use(watchLoop(), (loop) => loop[Symbol.dispose]()),
    environment: process.env,
  };
  const { glossary } = config.memory;
  const outside = { clock, files: nodeFiles, log, web: nodeWeb, modules: nodeModules(directory) };
  const places = {
    ...memoryPlaces(config, dataDir),
    embedder: await memoryEmbedder(config, dataDir, outside),
    glossary: glossary === undefined ? undefined : path.resolve(directory, glossary),
  };
  const palace = scope.use(await openMovable(places, { ...outside, locks, hash: nodeHash }), (memory) =>
    memory.close(),
  );
  const absolute = (folder: string) => path.resolve(directory, folder);
  const folders = playbookFolders(config.reactor.playbooks, absolute, path.join(packageRoot, "playbooks"));
  const watched = watchedPlaces(config.sensors.watch);
  const catalogue = await withOwnActions(config.reactor, outside.modules);
  const judging = { ...ports, catalogue };
  const rules = await loadRules(judging, folders, watched);
  for (const refused of rules.refused)
    log.warn("a playbook was refused", { file: refused.file, reason: refused.reason });
  const ruleSource = {
    files: () => readPlaybooks(nodeFiles, folders),
    compile: (files: readonly PlaybookFile[]) => compileRules(files, { ...judging, places: watched }),
    signature: () => playbookSignature(ports, folders),
  };
  const runtime = createRuntime({
    ports,
    config,
    dataDir,
    palace,
    rules,
    actions: catalogue.actions,
    ruleSource,
    past,
  });
  wentOn = (stall) => void runtime.bus.publish(stalled(stall)).catch(() => undefined);
  const sealer = createSealer(nodeHash, config.journal.key);
  const running = await startRuntime(runtime, { version, node: process.version, pid: process.pid }, (replay, from) =>
    FileJournal.open({
      files: nodeFiles,
      clock,
      entropy: systemEntropy,
      sealer,
      path: path.join(dataDir, "events.jsonl"),
      ...journalPolicy(config, dataDir),
      log,
      replay,
      ...(from === undefined ? {} : { from }),
    }),
  );
  let stopping: Promise<void> | undefined;
  const stop = (reason = "asked to") => (stopping ??= end(reason));
  let listening: Listening | undefined;
  async function end(reason: string): Promise<void> {
    await listening?.close();
    await running.stop(reason);
    await scope[Symbol.asyncDispose]();
  }
  try {
    if (http) listening = await openHttp(runtime, running.ready);
  } catch (failure) {
    await running.stop("the doors could not be opened");
    throw failure;
  }
  return engineOf(runtime, listening, stop);
}

/** Whose the processes of an engine are: those of its data directory, which only one engine at a time has. */
function ownerOf(dataDir: string): string {
  return nodeHash.sha256(dataDir).slice(0, 16);
}

/** Brings the directory to this version's layout, or refuses it, before anything in it is read. */
async function settleLayout(dataDir: string, config: Config, log: Log): Promise<void> {
  const settled = await settleDataFormat(dataDir, {
    files: nodeFiles,
    format: DATA_FORMAT,
    upgrades: [],
    backUp: (directory, from) => backUpBeside(directory, from, { keyed: config.journal.key !== undefined, version }),
  });
  if (settled.kind === "upgraded")
    log.warn("the data directory was upgraded", {
      dataDir,
      from: settled.from,
      to: DATA_FORMAT,
      backup: settled.backup,
    });
}

async function openHttp(runtime: Runtime, ready: () => boolean): Promise<Listening> {
  const { config, dataDir, ports } = runtime;
  const { clock, entropy, hash, files, log } = ports;
  const given = config.http.token === undefined ? {} : { given: config.http.token };
  const tokens = await Tokens.open({ files, hash, entropy, clock, directory: dataDir, ...given });
  const pages = directoryPages(files, path.join(packageRoot, "dist", "dashboard"));
  const { allowedHosts, host, port } = config.http;
  const backup = ({ secrets }: { readonly secrets: boolean }) =>
    writeBackup({
      directory: dataDir,
      durable: () => runtime.bus.lastSequence,
      keyed: config.journal.key !== undefined,
      secrets,
      version,
      nowMs: clock.now(),
    });
  const doors = createApp(httpDoors(runtime, { version, tokens, pages, backup, settings: { allowedHosts }, ready }));
  return listen({ doors, host, port, log, allowedHosts, hasToken: tokens.deliberate });
}

function engineOf(
  runtime: Runtime,
  listening: Listening | undefined,
  stop: (reason?: string) => Promise<void>,
): Engine {
  const { bus, agents, tasks, views, functions } = runtime;
  return {
    url: listening?.url,
    runtime,
    memory: libraryMemory(runtime),
    agents: {
      async register(id, agent) {
        const anew = "run" in agent && !functions.has(id);
        if ("run" in agent) functions.set(id, agent.run);
        const { kind, capabilities, group, concurrency, policy, tuning, alternatives, shadow } = agent;
        const config: Json = "config" in agent ? agent.config : {};
        const request = { id, kind, config, capabilities, group, concurrency, policy, tuning, alternatives, shadow };
        await agents.register(request, "library", { anew });
      },
    },
    tasks: {
      submit: (task) => tasks.submit(task, "library"),
      finished,
    },
    publish: (event) => bus.accept(event),
    publishMany: (events) => bus.acceptMany(events),
    subscribe: (filter, handle) => bus.subscribe(filter, handle, { name: "library" }),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };

  function finished(id: string): Promise<TaskRow> {
    return new Promise((resolve, reject) => {
      const over = (settle: () => void) => {
        for (const subscription of subscriptions) subscription[Symbol.dispose]();
        settle();
      };
      const look = (event?: AnyEvent) => {
        const row = views.tasks.get(id);
        if (row === undefined) over(() => reject(new AiosError("task.unknown", `there is no task "${id}"`)));
        else if (hasEnded(row)) over(() => resolve(row));
        else if (event?.type === "engine.stopped")
          over(() => reject(new AiosError("engine.stopping", `the engine stopped before task ${id} had ended`)));
      };
      const options = { name: `finished ${id}` };
      const subscriptions = [
        bus.subscribe({ topic: "task.*", subject: `task/${id}` }, look, options),
        bus.subscribe({ topic: "engine.stopped" }, look, options),
      ];
      look();
    });
  }
}

function journalPolicy({ journal }: Config, dataDir: string) {
  const { segment, retention, anchors } = journal;
  return {
    segments: { bytes: segment.bytes, ageMs: segment.ageMs },
    compress: segment.compress,
    retention,
    anchors: { path: anchorsPath(dataDir, anchors.path), everyMs: anchors.everyMs },
  };
}

/** Moves the memory of a data directory that no engine uses; the engine's lock keeps one from starting meanwhile. */
export async function moveMemory(config: Config, dataDir: string, to: string): Promise<Migration> {
  const clock = systemClock;
  const locks = nodeFileLocks(clock);
  await nodeFiles.makeDirectory(dataDir);
  const lock = await locks.acquire(path.join(dataDir, "engine.lock"), { waitMs: 0 });
  try {
    const log = createLog({ level: "error" });
    const ports = { clock, files: nodeFiles, locks, hash: nodeHash, log, modules: nodeModules(process.cwd()) };
    await using palace = await openMovable(memoryPlaces(config, dataDir), ports);
    return await palace.moveTo(to);
  } finally {
    await lock.release();
  }
}

/** The memory alone, without an engine. */
export const MemoryPalace = {
  /**
   * Opens the memory kept in a directory of its own; `path` unless told is `.aios/memory`. A `backend` of one's own is told
   * every item and finds the candidates of every question; the directory keeps what two methods cannot.
   */
  open(options: { readonly path?: string; readonly backend?: TwoMethodBackend } = {}): Promise<Palace> {
    const clock = systemClock;
    return openPalace(
      { backend: "json", path: path.resolve(options.path ?? ".aios/memory") },
      { clock, files: nodeFiles, locks: nodeFileLocks(clock), log: createLog({ level: "warn" }) },
      options.backend,
    );
  },
};
