import { onTestFinished } from "vitest";
import { catalogue } from "../../src/actions/index.ts";
import type { TaskRow } from "../../src/actors/views/tasks.ts";
import type { AgentFunction } from "../../src/agents/function.ts";
import { configure } from "../../src/config/configure.ts";
import type { ConfigInput } from "../../src/config.ts";
import { compileRules } from "../../src/domain/playbook/rules.ts";
import type { Publishable } from "../../src/events/bus.ts";
import type { EventType } from "../../src/events/catalog.ts";
import { type AnyEvent, type EventOf, is, type Receipt, type Unsequenced } from "../../src/events/envelope.ts";
import type { JournalPosition, Sender } from "../../src/events/journal.ts";
import { VolatileJournal } from "../../src/events/volatile-journal.ts";
import { pause } from "../../src/kernel/clock.ts";
import { AiosError } from "../../src/kernel/errors.ts";
import { type Log, silentLog } from "../../src/kernel/log.ts";
import { type HostReading, untold, type VolumeReading } from "../../src/kernel/vitals.ts";
import type { WebRequest, WebResponse } from "../../src/kernel/web.ts";
import { openPalace } from "../../src/memory/open.ts";
import type { MemoryPalace } from "../../src/memory/palace.ts";
import { nodeFileLocks } from "../../src/platform/file-lock.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import { createProcesses } from "../../src/platform/processes.ts";
import type { AgentRequest } from "../../src/runtime/agent-desk.ts";
import { type Running, startRuntime } from "../../src/runtime/lifecycle.ts";
import type { TaskRequest } from "../../src/runtime/task-desk.ts";
import { createRuntime, type Runtime } from "../../src/runtime.ts";
import { MemoryFiles } from "../../src/simulation/memory-files.ts";
import { SeededEntropy } from "../../src/simulation/seeded-entropy.ts";
import { Puppet } from "./puppet.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What outlives an engine: its disk, what it talks to, and the functions of the program around it. */
export class World {
  readonly files = new MemoryFiles();
  readonly functions = new Map<string, AgentFunction>();
  /** Outgoing requests so far. */
  readonly requests: WebRequest[] = [];
  /** Answers outgoing requests. */
  web: (request: WebRequest) => WebResponse | Promise<WebResponse> = () => ({ status: 200, headers: {}, body: "" });
  /** How long an answer takes. */
  latencyMs = 0;
  /** What is measured of the machine, or why nothing can be. */
  vitals: HostReading | Error = {};
  /** How full volumes are, by a path on them. */
  readonly volumes = new Map<string, VolumeReading>();
}

export interface VirtualOptions {
  readonly config?: ConfigInput;
  /** Playbooks as they would stand in files of their own. */
  readonly playbooks?: readonly object[];
  /** Turned by the test from before the start on. */
  readonly clock?: VirtualClock;
  /** Where the engine logs; nowhere unless told. */
  readonly log?: Log;
  /** Events up to this one are no longer in the journal: only a checkpoint after it can begin. */
  readonly releasedUpTo?: number;
  /** A memory that outlives the engine, as one on another machine does; a fresh one in memory unless told. */
  readonly palace?: MemoryPalace;
  /** The journal takes nothing from the first event of this type on. */
  readonly fullFrom?: EventType;
}

/** Where the engine keeps its data, on the world's disk. */
export const DATA_DIR = "/data";

/** A journal whose disk may be full, and in which one sort of event may be written late. */
class FallibleJournal extends VolatileJournal {
  refusal: AiosError | undefined;
  fullFrom: EventType | undefined;
  late: { readonly type: string; readonly until: Promise<void> } | undefined;

  override send(event: Unsequenced, sender: Sender): void {
    if (this.late?.type === event.type) void this.late.until.then(() => this.#sendNow(event, sender));
    else this.#sendNow(event, sender);
  }

  #sendNow(event: Unsequenced, sender: Sender): void {
    if (this.fullFrom === event.type) this.refusal = new AiosError("journal.unavailable", "the disk is full");
    const { refusal } = this;
    if (refusal === undefined) super.send(event, sender);
    else queueMicrotask(() => sender.refused(refusal));
  }
}

interface Past {
  readonly world: World;
  readonly events: readonly AnyEvent[];
  readonly atMs: number | undefined;
}

/** The whole engine over ports in memory, on a clock that only the test turns. */
export class VirtualEngine {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly world: World;
  readonly #options: VirtualOptions;
  readonly #journal: FallibleJournal;
  readonly #running: Running;
  readonly #events: AnyEvent[];

  private constructor(
    runtime: Runtime,
    parts: {
      readonly clock: VirtualClock;
      readonly world: World;
      readonly options: VirtualOptions;
      readonly journal: FallibleJournal;
      readonly running: Running;
      readonly events: AnyEvent[];
    },
  ) {
    this.runtime = runtime;
    this.clock = parts.clock;
    this.world = parts.world;
    this.#options = parts.options;
    this.#journal = parts.journal;
    this.#running = parts.running;
    this.#events = parts.events;
  }

  static open(options: VirtualOptions = {}): Promise<VirtualEngine> {
    return VirtualEngine.#open(options, { world: new World(), events: [], atMs: undefined });
  }

  /** An engine on a journal that another one has left. */
  static after(events: readonly AnyEvent[], options: VirtualOptions = {}): Promise<VirtualEngine> {
    const atMs = (events.at(-1)?.at ?? 0) + 1_000;
    return VirtualEngine.#open(options, { world: new World(), events, atMs });
  }

  static async #open(options: VirtualOptions, { world, events: past, atMs }: Past): Promise<VirtualEngine> {
    const clock = options.clock ?? new VirtualClock(atMs);
    const journal = new FallibleJournal();
    for (const { sequence: _, ...event } of past) await journal.append(event);
    journal.fullFrom = options.fullFrom;
    const runtime = await runtimeOver(options, world, clock, past.length + 1);
    for (const [id, run] of world.functions) runtime.functions.set(id, run);
    const events: AnyEvent[] = [...past];
    // From a checkpoint on only the rest is replayed: what was before is known already.
    runtime.bus.fold((event) => {
      if (event.sequence > events.length) events.push(event);
    });
    const running = await startRuntime(runtime, { version: "0", node: "v0", pid: 1 }, async (replay, from) => {
      await expectPast(journal, from);
      if ((options.releasedUpTo ?? 0) > (from?.sequence ?? 0))
        throw new AiosError("journal.released", `events up to ${options.releasedUpTo} were given up`);
      for await (const event of journal.read({ after: from?.sequence ?? 0 })) replay(event);
      return journal;
    });
    const engine = new VirtualEngine(runtime, { clock, world, options, journal, running, events });
    onTestFinished(() => engine.kill());
    await engine.pass(0);
    return engine;
  }

  /** The journal so far. */
  get events(): readonly AnyEvent[] {
    return this.#events;
  }

  /** Lets time pass, and everything that follows from it happen. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Registers a function agent that does what the test says. */
  async agent(id: string, more: Partial<Omit<AgentRequest, "id">> = {}): Promise<Puppet> {
    const puppet = new Puppet();
    this.world.functions.set(id, puppet.run);
    this.runtime.functions.set(id, puppet.run);
    await this.runtime.agents.register({ id, kind: "function", config: {}, ...more }, "operator:me");
    await this.pass(0);
    return puppet;
  }

  /** Accepts a task and lets everything that follows at once happen. */
  async submit(request: Partial<TaskRequest> = {}): Promise<string> {
    const { id } = await this.runtime.tasks.submit({ input: null, ...request }, "operator:me");
    await this.pass(0);
    return id;
  }

  async publish(event: Publishable): Promise<Receipt> {
    const receipt = await this.runtime.bus.publish(event);
    await this.pass(0);
    return receipt;
  }

  task(id: string): TaskRow {
    const task = this.runtime.views.tasks.get(id);
    if (task === undefined) throw new Error(`there is no task ${id}`);
    return task;
  }

  /** Where the agent's machine is, and its breaker. */
  stateOf(agentId: string): string {
    const { state, breaker } = this.runtime.agents.get(agentId);
    return breaker === "closed" ? state : `${state}, ${breaker}`;
  }

  /** Every event of a type so far. */
  told<T extends EventType>(type: T): readonly EventOf<T>[] {
    return this.#events.filter((event): event is EventOf<T> & AnyEvent => is(event, type));
  }

  /** From now on the journal takes nothing and says why; without a reason it works again. */
  refuseWrites(code?: "journal.unavailable" | "busy"): void {
    this.#journal.refusal = code === undefined ? undefined : new AiosError(code, "the disk is full");
  }

  /** Keeps events of a type from being written until the answer is called: others overtake them, as in a busy journal. */
  delay(type: EventType): () => Promise<void> {
    let release: () => void = () => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#journal.late = { type, until };
    return async () => {
      this.#journal.late = undefined;
      release();
      await this.pass(0);
    };
  }

  stop(): Promise<void> {
    return this.#running.stop("the test asked");
  }

  /** From now on nothing of this engine reaches its journal, as after a power cut. */
  async kill(): Promise<void> {
    await this.#journal.close();
    this.runtime.stopping.abort("killed");
  }

  /**
   * A new engine on the journal of this one, which is killed: now, or, with `after`, when the event of that sequence had
   * just been written. It is down for `downMs`.
   */
  async reopened(how: { readonly after?: number; readonly downMs?: number; readonly options?: VirtualOptions } = {}) {
    await this.kill();
    const events = this.#events.slice(0, how.after);
    const killedAtMs = how.after === undefined ? this.clock.now() : (events.at(-1)?.at ?? this.clock.now());
    const atMs = killedAtMs + (how.downMs ?? 0);
    return VirtualEngine.#open(how.options ?? this.#options, { world: this.world, events, atMs });
  }
}

/** As a journal on a disk does it: a position of another history is refused. */
async function expectPast(journal: FallibleJournal, from: JournalPosition | undefined): Promise<void> {
  if (from === undefined || from.sequence === 0) return;
  if (from.sequence > journal.lastSequence) throw new AiosError("journal.behind", "the journal ends before it");
  for await (const { id } of journal.read({ after: from.sequence - 1, until: from.sequence }))
    if (id !== from.seal) throw new AiosError("journal.diverged", "the journal has another event there");
}

/** Everybody, introduced to each other over ports in memory; nothing runs yet. */
export async function runtimeOver(
  options: VirtualOptions,
  world: World,
  clock: VirtualClock,
  seed: number,
): Promise<Runtime> {
  const entropy = new SeededEntropy(seed);
  const content: ConfigInput = { sensors: { enabled: false }, ...options.config };
  const files = (options.playbooks ?? []).map((document, index) => ({
    file: `${index}.json`,
    text: JSON.stringify(document),
  }));
  const rules = compileRules(files, { catalogue, hash: nodeHash });
  const [refused] = rules.refused;
  if (refused !== undefined) throw new Error(`${refused.file}: ${refused.reason}`);
  return createRuntime({
    ports: {
      clock,
      entropy,
      hash: nodeHash,
      files: world.files,
      log: options.log ?? silentLog,
      processes: createProcesses({ clock, entropy }),
      web: {
        request: async (request) => {
          world.requests.push(request);
          if (world.latencyMs > 0) await pause(clock, world.latencyMs);
          return world.web(request);
        },
      },
      vitals: {
        host: async () => {
          if (world.vitals instanceof Error) throw world.vitals;
          return world.vitals;
        },
        ...untold,
        volume: async (path) => world.volumes.get(path),
      },
      environment: {},
    },
    config: configure({ env: {}, file: { path: "the test's configuration", content } }).config,
    dataDir: DATA_DIR,
    palace: options.palace ?? (await volatilePalace(clock, world)),
    rules,
  });
}

export function volatilePalace(clock: VirtualClock, { files }: World): Promise<MemoryPalace> {
  return openPalace({ backend: "volatile" }, { clock, files, locks: nodeFileLocks(clock), log: silentLog });
}
