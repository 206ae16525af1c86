import { catalogue } from "../../../src/actions/index.ts";
import type { AgentFunction } from "../../../src/agents/function.ts";
import { configure } from "../../../src/config/configure.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { createApp } from "../../../src/http/app.ts";
import { Tokens } from "../../../src/http/tokens.ts";
import { pause } from "../../../src/kernel/clock.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { untold } from "../../../src/kernel/vitals.ts";
import type { WebRequest, WebResponse } from "../../../src/kernel/web.ts";
import { openPalace } from "../../../src/memory/open.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { FileJournal } from "../../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { createProcesses } from "../../../src/platform/processes.ts";
import { httpDoors } from "../../../src/runtime/doors/http-doors.ts";
import { startRuntime } from "../../../src/runtime/lifecycle.ts";
import { createRuntime, type Runtime } from "../../../src/runtime.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import type { CrashDisk } from "../../support/crash-disk.ts";
import type { VirtualClock } from "../../support/virtual-clock.ts";
import type { Asks } from "./life.ts";
import type { Deliveries, Mark } from "./witness.ts";
import { FAR_BETWEEN, lasting, playbooksOf, settingsOf } from "./world.ts";

/** Where the engine's data and the files that its remedies mend are, on the disk that forgets. */
export const DATA = "/data";
export const TARGETS = "/targets";
const OUTSIDE = "http://outside";

/** What is seen of an engine from outside. It outlives every engine, and nothing reaches it when the power is off. */
export interface Outside {
  readonly deliveries: Deliveries;
  readonly marks: Mark[];
}

const sealer = createSealer(nodeHash);
const { config } = configure({ env: {}, file: { path: "the test's configuration", content: configuration() } });
const rules = compileRules(
  playbooksOf({ targets: TARGETS }, OUTSIDE, { graceMs: 5_000 })
    // There is no process here that could be ended.
    .filter(({ id }) => id !== "restart")
    .map((playbook) => ({ file: `${playbook.id}.json`, text: JSON.stringify(playbook) })),
  { catalogue, hash: nodeHash },
);
if (rules.refused.length > 0) throw new Error(JSON.stringify(rules.refused));

function configuration() {
  const settings = settingsOf(OUTSIDE, FAR_BETWEEN);
  const agent = (id: string, more: object = {}) => ({ id, kind: "function", config: {}, ...more });
  return {
    ...settings,
    agents: {
      ...settings.agents,
      declared: [
        agent("quick", { concurrency: 2 }),
        agent("slow"),
        agent("failing"),
        agent("once"),
        agent("keeper"),
        agent("cooling", lasting.cooling),
        agent("broken", lasting.broken),
        agent("tuned"),
      ],
    },
  };
}

/**
 * The whole engine in this process, its HTTP doors, journal, checkpoints and memory among it, on a disk that forgets what
 * was not synced. Time is the test's.
 */
export class PoweredEngine implements Asks {
  readonly runtime: Runtime;
  readonly clock: VirtualClock;
  readonly #app: ReturnType<typeof createApp>["app"];
  readonly #token: string;
  readonly #gone: Promise<never>;
  readonly #stop: () => Promise<void>;

  private constructor(
    runtime: Runtime,
    parts: {
      readonly clock: VirtualClock;
      readonly app: ReturnType<typeof createApp>["app"];
      readonly token: string;
      readonly gone: Promise<never>;
      readonly stop: () => Promise<void>;
    },
  ) {
    this.runtime = runtime;
    this.clock = parts.clock;
    this.#app = parts.app;
    this.#token = parts.token;
    this.#gone = parts.gone;
    this.#stop = parts.stop;
  }

  /** Starts it; `gone` rejects when the power goes. */
  static async open(
    disk: CrashDisk,
    outside: Outside,
    { clock, seed, gone }: { readonly clock: VirtualClock; readonly seed: number; readonly gone: Promise<never> },
  ): Promise<PoweredEngine> {
    const entropy = new SeededEntropy(seed);
    const isOn = () => !disk.crashed;
    const web = { request: (request: WebRequest) => answered(request, outside, clock, isOn) };
    const ports = {
      clock,
      entropy,
      hash: nodeHash,
      files: disk,
      log: silentLog,
      processes: createProcesses({ clock, entropy }),
      web,
      vitals: { ...untold, host: async () => ({}) },
      environment: {},
    };
    // Only one engine at a time is on this disk.
    const locks = { acquire: async () => ({ release: async () => {} }) };
    const palace = await openPalace(
      { backend: "json", path: `${DATA}/memory` },
      { clock, files: disk, locks, log: silentLog },
    );
    const runtime = createRuntime({ ports, config, dataDir: DATA, palace, rules });
    for (const [id, run] of agentsOf(outside, clock, isOn)) runtime.functions.set(id, run);
    const { segment, retention, anchors, maxWaiting } = config.journal;
    const running = await startRuntime(runtime, { version: "0", node: "v0", pid: 1 }, (replay, from) =>
      FileJournal.open({
        files: disk,
        clock,
        entropy,
        sealer,
        path: `${DATA}/events.jsonl`,
        segments: segment,
        compress: segment.compress,
        retention,
        anchors: { path: `${DATA}/anchors.jsonl`, everyMs: anchors.everyMs },
        maxWaiting,
        replay,
        ...(from === undefined ? {} : { from }),
      }),
    );
    const tokens = await Tokens.open({ files: disk, hash: nodeHash, entropy, clock, directory: DATA });
    const token = (await disk.readText(`${DATA}/operator.token`))?.trim() ?? "";
    const { app } = createApp(
      httpDoors(runtime, {
        version: "0",
        tokens,
        ready: running.ready,
        pages: { read: async () => undefined },
        settings: { allowedHosts: [] },
        backup: async function* () {},
      }),
    );
    return new PoweredEngine(runtime, { clock, app, token, gone, stop: () => running.stop("the test asked") });
  }

  async get<T>(route: string): Promise<T> {
    const { status, body } = await this.#send("GET", route);
    if (status !== 200) throw new Error(`GET ${route} answered ${status}`);
    return body as T;
  }

  post(route: string, body: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    return this.#send("POST", route, JSON.stringify(body));
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    let over = false;
    const stopped = this.#stop().finally(() => {
      over = true;
    });
    while (!over) await this.clock.advance(100);
    await stopped;
  }

  /** Whoever asks when the power goes never hears an answer. */
  async #send(method: string, route: string, body?: string) {
    const headers = {
      host: "127.0.0.1:8765",
      authorization: `Bearer ${this.#token}`,
      "content-type": "application/json",
    };
    const asked = this.#app.request(`/api/v1${route}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const answer = await Promise.race([asked, this.#gone]);
    return { status: answer.status, body: (await answer.json()) as unknown };
  }
}

async function answered(
  { url, headers = {} }: WebRequest,
  { deliveries }: Outside,
  clock: VirtualClock,
  isOn: () => boolean,
): Promise<WebResponse> {
  if (!isOn()) return new Promise(() => {});
  deliveries.count(new URL(url).pathname, headers["idempotency-key"] ?? "", clock.now());
  await pause(clock, 5);
  return { status: 200, headers: {}, body: "ok" };
}

/** As the processes of the world do it: what began and what ended stands outside, and some fail before they begin. */
function agentsOf({ marks }: Outside, clock: VirtualClock, isOn: () => boolean): ReadonlyMap<string, AgentFunction> {
  const mark = (what: Mark["what"], key: string) => {
    if (isOn()) marks.push({ what, key, pid: 0 });
  };
  const working =
    (ms: number): AgentFunction =>
    async (_, { idempotencyKey, signal }) => {
      mark("begin", idempotencyKey);
      await pause(clock, ms, signal);
      signal.throwIfAborted();
      mark("end", idempotencyKey);
      return "done";
    };
  const failing: AgentFunction = () => {
    throw new Error("it fails");
  };
  return new Map<string, AgentFunction>([
    ["quick", working(1)],
    ["slow", working(100)],
    ["failing", (input, call) => (call.attempt > 2 ? working(1)(input, call) : failing(input, call))],
    ["once", working(50)],
    ["keeper", working(20)],
    ["cooling", failing],
    ["broken", failing],
    ["tuned", () => "done"],
  ]);
}
