import { copyFile, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { canonical } from "../../src/kernel/hash.ts";
import { TestEngine } from "./engine.ts";
import { ModelServer } from "./model-server.ts";
import { tempDir } from "./temp-dir.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** The playbook as it ships, apart from how long its validation waits: a test has no minutes. */
async function hastened(id: string): Promise<readonly object[]> {
  const shipped = JSON.parse(await readFile(path.join(repository, "playbooks", `${id}.json`), "utf8")) as {
    readonly validation: { readonly check: string; readonly params?: object };
    readonly parameters?: { readonly requestTimeoutMs?: object };
    readonly next?: string;
  };
  const { validation, parameters, next } = shipped;
  const params = validation.check === "model_call_below" ? { ...validation.params, calls: 2 } : validation.params;
  const playbook = {
    ...shipped,
    validation: { ...validation, params, settleMs: 100, intervalMs: 100, timeoutMs: 60_000 },
    ...(parameters?.requestTimeoutMs === undefined
      ? {}
      : { parameters: { requestTimeoutMs: { ...parameters.requestTimeoutMs, default: 300 } } }),
  };
  return [playbook, ...(next === undefined ? [] : await hastened(next))];
}

export interface ModelWorldOptions {
  readonly playbooks: readonly string[];
  readonly settings?: object;
  readonly about?: object;
  readonly config?: object;
}

/** An engine with playbooks that ship, the example agent, and the server that its model runs on. */
export class ModelWorld {
  readonly server: ModelServer;
  readonly test: TestEngine;

  readonly #program: string;

  private constructor(server: ModelServer, test: TestEngine, program: string) {
    this.server = server;
    this.test = test;
    this.#program = program;
  }

  static async open({ playbooks, settings, about, config }: ModelWorldOptions): Promise<ModelWorld> {
    const server = await ModelServer.open();
    const test = await TestEngine.open({
      playbooks: (await Promise.all(playbooks.map(hastened))).flat(),
      config: { detectors: { slow: { calls: 2, budgetMs: 800 } }, ...config },
    });
    const [refused] = test.engine.runtime.remedies.rules.refused;
    if (refused !== undefined) throw new Error(`${refused.file}: ${refused.reason}`);
    const program = await tempDir();
    for (const file of ["assistant.mjs", "protocol.mjs"])
      await copyFile(path.join(repository, "examples/agents", file), path.join(program, file));
    const world = new ModelWorld(server, test, program);
    await world.test.agent(
      "a",
      [process.execPath, path.join(program, "assistant.mjs")],
      { model: "big", fallbackModel: "small", settings: { baseUrl: server.url, maxTurns: 500, ...settings } },
      { tuning: { retries: 1 }, ...about },
    );
    return world;
  }

  /** All that a remedy may change of the agent, byte for byte. */
  agent(): string {
    const { config, concurrency, accepting, tuning } = this.test.engine.runtime.facts.agent("a") ?? {};
    return canonical({ config, concurrency, accepting, tuning });
  }

  config(): object {
    return { ...(this.test.engine.runtime.agents.get("a").spec.config as object) };
  }

  /** As a person would. */
  async configure(config: object): Promise<void> {
    await this.test.engine.runtime.agents.configure("a", config as never, { by: "operator:me" });
  }

  /** The program of the agent cannot be started any more, whatever its configuration says. */
  async breakProgram(): Promise<void> {
    await rm(this.#program, { recursive: true });
  }

  /** Submits tasks one after the other until something has happened. */
  async keepsAsking(until: Promise<unknown>): Promise<void> {
    let over = false;
    void until.finally(() => {
      over = true;
    });
    while (!over) await Promise.all([this.submit(), this.submit()].map(async (id) => this.ended(await id)));
  }

  async submit(input: object = {}, request: object = {}): Promise<string> {
    const { id } = await this.test.engine.tasks.submit({
      agent: "a",
      input: { question: "?", ...input } as never,
      ...request,
    });
    return id;
  }

  /** The task once it has ended. */
  ended(id: string) {
    return this.test.engine.tasks.finished(id);
  }

  settled(playbook: string) {
    return this.test.until("playbook.settled", ({ data }) => data.playbookId === playbook).then(({ data }) => data);
  }
}
