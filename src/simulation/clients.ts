import type { Clock } from "../kernel/clock.ts";
import { AiosError, type FailureCode } from "../kernel/errors.ts";
import type { TaskRequest } from "../runtime/task-desk.ts";
import type { Runtime } from "../runtime.ts";
import { between, chanceOf, gapMs, pick } from "./chance.ts";
import type { SimulatedAgent } from "./population.ts";
import type { SeededEntropy } from "./seeded-entropy.ts";
import type { Weather } from "./weather.ts";

/** Tasks that an agent gets on an average day. */
const TASKS_PER_AGENT_DAY = 20;
const DAY_MS = 86_400_000;
const BY = "client:simulated";

/** Those who have work done: more by day than by night, mostly for a skill, sometimes for one agent. */
export class Clients {
  /** Tasks that the engine did not take, by the code of its refusal. */
  readonly refused = new Map<FailureCode, number>();
  readonly #runtime: Runtime;
  readonly #agents: readonly SimulatedAgent[];
  readonly #weather: Weather;
  readonly #chance: SeededEntropy;
  #last: string | undefined;
  #over = false;

  constructor(runtime: Runtime, agents: readonly SimulatedAgent[], weather: Weather, seed: number) {
    this.#runtime = runtime;
    this.#agents = agents;
    this.#weather = weather;
    this.#chance = chanceOf(seed, "clients");
  }

  get #clock(): Clock {
    return this.#runtime.ports.clock;
  }

  start(): void {
    const now = this.#clock.now();
    const meanMs = DAY_MS / (TASKS_PER_AGENT_DAY * this.#agents.length * this.#weather.load(now));
    this.#clock.at(now + gapMs(this.#chance, meanMs), () => {
      if (this.#over) return;
      void this.#submit(this.#request());
      this.start();
    });
  }

  stop(): void {
    this.#over = true;
  }

  #request(): TaskRequest {
    const chance = this.#chance;
    const agent = this.#agents[between(chance, 0, this.#agents.length)];
    const whom = chance.random() < 0.3 ? { agent: agent?.id } : { capability: agent?.skill };
    const after = this.#last !== undefined && chance.random() < 0.03 ? { dependsOn: [this.#last] } : {};
    const priority = pick(chance, [
      { value: "P0", weight: 2 },
      { value: "P1", weight: 15 },
      { value: "P2", weight: 63 },
      { value: "P3", weight: 20 },
    ] as const);
    return { ...whom, ...after, priority, input: { order: between(chance, 1, 100_000) } };
  }

  async #submit(request: TaskRequest): Promise<void> {
    const changesItsMind = this.#chance.random() < 0.005;
    try {
      const { id } = await this.#runtime.tasks.submit(request, BY);
      this.#last = id;
      if (changesItsMind) this.#cancelLater(id);
    } catch (failure) {
      this.#note(failure);
    }
  }

  #cancelLater(id: string): void {
    this.#clock.at(this.#clock.now() + between(this.#chance, 1_000, 60_000), () => {
      // What has ended meanwhile stays as it ended.
      this.#runtime.tasks.cancel(id, "it is not needed any more", BY).catch(() => undefined);
    });
  }

  #note(failure: unknown): void {
    if (!(failure instanceof AiosError)) throw failure;
    this.refused.set(failure.code, (this.refused.get(failure.code) ?? 0) + 1);
  }
}
