import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { CrashDisk, type Operation, type Surviving } from "../../support/crash-disk.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { audit, type Counted, counted } from "./audit.ts";
import type { Chance } from "./chance.ts";
import { type Fact, readJournal, type Tail } from "./journal.ts";
import { Load } from "./load.ts";
import { DATA, type Outside, PoweredEngine, TARGETS } from "./powered.ts";
import { disagreements, type Sample, takeSample } from "./sample.ts";
import { Deliveries } from "./witness.ts";
import { isLasting, LASTING_TASKS } from "./world.ts";

export interface Outaged extends Counted {
  readonly outages: number;
  /** Those while it was starting. */
  readonly unready: number;
  /** What the disk was doing when the power went. */
  readonly operations: Readonly<Record<string, number>>;
  readonly released: number;
}

const STEP_MS = 10;
/** A life whose disk does not come to the operation at which it is to end is cut after so many steps. */
const STEPS = 250;

/** One disk through the lives of all its engines, each ended by a power cut, with one load that asks them all. */
export class Outages {
  readonly faults: string[] = [];
  readonly #chance: Chance;
  readonly #ignores: readonly Operation[];
  readonly #outside: Outside = { deliveries: new Deliveries(), marks: [] };
  readonly #load: Load;
  readonly #operations: Record<string, number> = {};
  #surviving: Surviving | undefined;
  #facts: readonly Fact[] = [];
  #first = 1;
  #nowMs: number | undefined;
  #outages = 0;
  #unready = 0;

  constructor(chance: Chance, ignores: readonly Operation[] = []) {
    this.#chance = chance;
    this.#ignores = ignores;
    this.#load = new Load({ targets: TARGETS }, chance.fork());
  }

  /** A life that ends with the power, in its disk's operation of that number. */
  async cut(at: number): Promise<void> {
    let operation: Operation | "nothing" = "nothing";
    const { disk, gone, off, clock } = this.#begin((what, count) => {
      if (count !== at) return undefined;
      operation = what;
      // What runs now is the last that runs; whoever waits for it waits in vain.
      setImmediate(() => off());
      return "crash";
    });
    const samples: Sample[] = [];
    try {
      const opening = PoweredEngine.open(disk, this.#outside, { clock, gone, seed: this.#outages });
      await this.#work(await Promise.race([opening, gone]), disk, samples);
    } catch (failure) {
      if (!disk.crashed) this.faults.push(`it does not start: ${String(failure)}`);
      this.#unready += 1;
    }
    this.#surviving = disk.cut();
    off();
    this.#outages += 1;
    this.#operations[operation] = (this.#operations[operation] ?? 0) + 1;
    this.#nowMs = clock.now() + this.#chance.between(0, 500);
    await this.#read(nowOf(this.#surviving), samples, "anything");
  }

  /** An engine is left alone until nothing is under way, and ended in order. Then everything is looked through. */
  async end(): Promise<Outaged> {
    const { disk, gone, clock } = this.#begin(() => undefined);
    try {
      const engine = await PoweredEngine.open(disk, this.#outside, { clock, gone, seed: this.#outages });
      // Retention goes on: what it gives up was read before.
      const look = () => this.#read(disk.now, [], "cut line");
      await look();
      await this.#load.settle(engine, look);
      await quiet(engine, look);
      const sample = await takeSample(engine);
      await this.#read(disk.now, [sample], "cut line");
    } catch (failure) {
      this.faults.push(`the last one does not start: ${String(failure)}`);
    }
    const { acknowledged, refused } = this.#load;
    const evidence = { facts: this.#facts, acknowledged, ...this.#outside };
    this.faults.push(...refused.map((refusal) => `refused: ${refusal}`), ...audit(evidence));
    const { unready, operations } = { unready: this.#unready, operations: this.#operations };
    return { outages: this.#outages, unready, operations, released: this.#first - 1, ...counted(evidence) };
  }

  #begin(before: (what: Operation, count: number) => "crash" | undefined) {
    this.#outside.deliveries.life += 1;
    const random = () => this.#chance.next();
    const disk = new CrashDisk({ random, before, ignores: this.#ignores, pieceBytes: 64 * 1024 }, this.#surviving);
    let off: () => void = () => {};
    const gone = new Promise<never>((_, reject) => {
      off = () => reject(new Error("the power is off"));
    });
    gone.catch(() => undefined);
    return { disk, gone, off, clock: new VirtualClock(this.#nowMs) };
  }

  async #work(engine: PoweredEngine, disk: CrashDisk, samples: Sample[]): Promise<void> {
    const looking = async () => {
      samples.push(await takeSample(engine));
      await this.#load.approve(engine);
      samples.push(await takeSample(engine));
    };
    const asking = Promise.all([looking(), this.#load.run(engine, () => disk.crashed)]).catch(() => undefined);
    for (let step = 0; step < STEPS && !disk.crashed; step++) await engine.clock.advance(STEP_MS);
    void asking;
    engine.runtime.stopping.abort("the power is off");
  }

  /** What is on the disk, by the reader that shares nothing with the engine, against what the engine had said. */
  async #read(disk: ReadonlyMap<string, Buffer>, samples: readonly Sample[], tail: Tail): Promise<void> {
    const folder = path.join(await tempDir(), "disk");
    await mkdir(folder);
    try {
      for (const [name, bytes] of disk)
        if (/^\/data\/events[^/]*$/.test(name)) await writeFile(path.join(folder, name.slice(DATA.length + 1)), bytes);
      const { facts, first } = await readJournal(folder, { known: this.#facts, tail });
      this.#facts = facts;
      this.#first = first;
      this.faults.push(...disagreements(samples, facts).map((fault) => `outage ${this.#outages}: ${fault}`));
    } catch (failure) {
      this.faults.push(`outage ${this.#outages}: ${String(failure)}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}

function nowOf({ names }: Surviving): ReadonlyMap<string, Buffer> {
  return new Map([...names].map(([name, { now }]) => [name, now]));
}

/** So many steps in a row without anything under way: what one run or task leads to begins within them. */
const QUIET_STEPS = 100;

/** Lets time pass until all tasks have ended but those of agents that are away for ever, and all runs but those that ask. */
async function quiet({ runtime: { views }, clock }: PoweredEngine, look: () => Promise<void>): Promise<void> {
  let idle = 0;
  for (let step = 0; step < 10_000 && idle < QUIET_STEPS; step++) {
    if (step % 10 === 0) await look();
    const tasks = views.tasks.list().filter(({ state }) => ["queued", "waiting", "running"].includes(state));
    const runs = views.runs.list().filter(({ state }) => state !== "settled" && state !== "awaiting_approval");
    const isIdle =
      tasks.length <= LASTING_TASKS && tasks.every(({ agent = "" }) => isLasting(agent)) && runs.length === 0;
    idle = isIdle ? idle + 1 : 0;
    await clock.advance(100);
  }
}
