import { AiosError } from "../kernel/errors.ts";
import type {
  ChildProcess,
  EndReport,
  Processes,
  ProcessFacts,
  ProcessIdentity,
  ProcessUsage,
  StartCommand,
} from "../kernel/processes.ts";
import type { SimulatedAgent } from "./population.ts";
import type { SeededEntropy } from "./seeded-entropy.ts";
import { type ProcessWorld, SimulatedProcess } from "./simulated-process.ts";

const FIRST_PID = 1_000;

/** The operating system of the simulation: it runs the programs of its agents and nothing else. */
export class SimulatedProcesses implements Processes {
  readonly support = { trees: true } as const;
  readonly #agents: ReadonlyMap<string, SimulatedAgent>;
  readonly #world: ProcessWorld;
  readonly #chance: SeededEntropy;
  readonly #living = new Map<number, SimulatedProcess>();
  #pid = FIRST_PID;

  constructor(agents: ReadonlyMap<string, SimulatedAgent>, world: ProcessWorld, chance: SeededEntropy) {
    this.#agents = agents;
    this.#world = world;
    this.#chance = chance;
  }

  async start({ argv }: StartCommand): Promise<ChildProcess> {
    const [program, id = ""] = argv;
    const agent = this.#agents.get(id);
    if (agent === undefined)
      throw new AiosError("process.spawn", `the simulation has no program "${program}"; it starts its own agents only`);
    const pid = ++this.#pid;
    const started = new SimulatedProcess(agent, this.#identity(pid), this.#world);
    this.#living.set(pid, started);
    void started.exited.then(() => this.#living.delete(pid));
    return started;
  }

  async find(identity: ProcessIdentity): Promise<ProcessFacts | undefined> {
    return this.#alive(identity) === undefined ? undefined : { pid: identity.pid, state: "S" };
  }

  async tree(identity: ProcessIdentity): Promise<readonly number[]> {
    return this.#alive(identity) === undefined ? [] : [identity.pid];
  }

  /** No engine was in this world before. */
  async strays(): Promise<readonly ProcessIdentity[]> {
    return [];
  }

  async end(identity: ProcessIdentity, { graceMs }: { readonly graceMs: number }): Promise<EndReport> {
    return this.#alive(identity)?.end(graceMs) ?? { ended: [], remaining: [], signal: "none" };
  }

  async usage(identity: ProcessIdentity): Promise<ProcessUsage | undefined> {
    return this.#alive(identity)?.usage();
  }

  #alive(identity: ProcessIdentity): SimulatedProcess | undefined {
    const found = this.#living.get(identity.pid);
    return found?.isAlive === true && found.identity.ownerToken === identity.ownerToken ? found : undefined;
  }

  #identity(pid: number): ProcessIdentity {
    return { pid, startTime: String(pid), bootId: "simulated", ownerToken: this.#chance.secret(16) };
  }
}
