import path from "node:path";
import { hc } from "hono/client";
import { onTestFinished } from "vitest";
import type { EventType } from "../../src/events/catalog.ts";
import { type AnyEvent, type EventOf, is } from "../../src/events/envelope.ts";
import type { AppType } from "../../src/http/app.ts";
import { type ConfigInput, createEngine, type Engine, type TaskRequest } from "../../src/index.ts";
import { silentLog } from "../../src/kernel/log.ts";
import { nodeFiles } from "../../src/platform/files.ts";
import { tempDir } from "./temp-dir.ts";

export type Client = ReturnType<typeof clientOf>;

export interface EngineOptions {
  readonly config?: ConfigInput;
  /** Playbooks, each written into a file of its own. */
  readonly playbooks?: readonly object[];
  /** Playbook files taken as they are. */
  readonly playbookFolders?: readonly string[];
  readonly http?: boolean;
  /** Where an engine before this one left its data; a fresh directory unless told. */
  readonly dataDir?: string;
}

/** Short times, so that real ones can be waited for; nothing is measured unless a test wants it. */
const quick: ConfigInput = {
  agents: { graceMs: 200, policy: { cooldownMs: 20, openMs: 50 } },
  tasks: { backoff: { firstMs: 10 } },
  sensors: { enabled: false },
  shutdown: { graceMs: 1_000 },
};

/** A real engine with a directory of its own, and everything it journaled. */
export class TestEngine {
  readonly engine: Engine;
  readonly dataDir: string;
  /** The journal so far. */
  readonly events: AnyEvent[] = [];
  readonly #looks = new Set<() => void>();

  private constructor(engine: Engine, dataDir: string) {
    this.engine = engine;
    this.dataDir = dataDir;
  }

  static async open(options: EngineOptions = {}): Promise<TestEngine> {
    const dataDir = options.dataDir ?? path.join(await tempDir(), "data");
    const engine = await createEngine({
      config: { ...quick, ...options.config, dataDir, ...(await playbooksOf(options, dataDir)), http: { port: 0 } },
      directory: path.dirname(dataDir),
      http: options.http === true,
      log: silentLog,
    });
    onTestFinished(() => engine.stop());
    const opened = new TestEngine(engine, dataDir);
    await opened.#follow();
    return opened;
  }

  async #follow(): Promise<void> {
    const after = this.engine.runtime.bus.lastSequence;
    this.engine.subscribe({}, (event) => {
      if (event.sequence > after) this.#hear(event);
    });
    for await (const event of this.engine.runtime.bus.read({ until: after })) this.#hear(event);
  }

  #hear(event: AnyEvent): void {
    this.events.push(event);
    for (const look of this.#looks) look();
  }

  /** The first event of a type, past or to come, for which `fits` holds. */
  until<T extends EventType>(type: T, fits: (event: EventOf<T>) => boolean = () => true): Promise<EventOf<T>> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.told(type).find(fits);
        if (found === undefined) return;
        this.#looks.delete(look);
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Every event of a type so far. */
  told<T extends EventType>(type: T): readonly EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> & AnyEvent => is(event, type));
  }

  /** Registers a `process` agent. */
  async agent(id: string, command: readonly string[], more: Record<string, unknown> = {}, about: object = {}) {
    await this.engine.agents.register(id, {
      kind: "process",
      config: { command: [...command], graceMs: 200, ...more } as never,
      ...about,
    });
  }

  /** Submits a task and resolves with it when it has ended. */
  async run(request: Partial<TaskRequest> = {}) {
    const { id } = await this.engine.tasks.submit({ input: null, ...request });
    return this.engine.tasks.finished(id);
  }

  /** The typed client of the engine's own routes, with the operator's token unless another is given. */
  async client(token?: string): Promise<Client> {
    const own = token ?? (await nodeFiles.readText(path.join(this.dataDir, "operator.token")))?.trim() ?? "";
    if (this.engine.url === undefined) throw new Error("the engine does not listen: open it with http");
    return clientOf(this.engine.url, own);
  }

  /** Stops it in order. */
  stop(): Promise<void> {
    return this.engine.stop("the test asked");
  }
}

function clientOf(url: string, token: string) {
  return hc<AppType>(url, { headers: { authorization: `Bearer ${token}` } }).api.v1;
}

async function playbooksOf({ playbooks = [], playbookFolders = [], config }: EngineOptions, dataDir: string) {
  const folder = path.join(path.dirname(dataDir), "test-playbooks");
  await nodeFiles.makeDirectory(folder);
  for (const [index, playbook] of playbooks.entries())
    await nodeFiles.write(path.join(folder, `${index}.json`), JSON.stringify(playbook));
  return { reactor: { ...config?.reactor, playbooks: [folder, ...playbookFolders] } };
}
