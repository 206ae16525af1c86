import { onTestFinished } from "vitest";
import { isAlive, livingIn } from "../../support/process-table.ts";
import { audit, type Counted, counted } from "./audit.ts";
import type { Chance } from "./chance.ts";
import { type Fact, type ReadJournal, readJournal } from "./journal.ts";
import { Caller, Life, type Preload, verifyOf } from "./life.ts";
import { Load } from "./load.ts";
import { disagreements, type Sample, takeSample } from "./sample.ts";
import { CountingServer, readMarks } from "./witness.ts";
import { FAR_BETWEEN, isLasting, LASTING_TASKS, makeWorld, type World } from "./world.ts";

export interface Figures extends Counted {
  readonly kills: number;
  /** Kills while it was starting. */
  readonly unready: number;
  /** Events that retention gave up meanwhile. */
  readonly released: number;
}

/** When a life ends: so long after it was begun, was ready, or had acknowledged something; or by itself at a point of its own work, if that is reached. */
export type End =
  | { readonly kind: "starting"; readonly afterMs: number }
  | { readonly kind: "ready"; readonly afterMs: number }
  | { readonly kind: "answered"; readonly afterMs: number }
  | { readonly kind: "point"; readonly preload: Preload; readonly withinMs: number };

/** Engines that keep elsewhere what retention gives up. */
export interface Archived {
  readonly folder: string;
  readonly preload: Preload;
  readonly checkpointEvents: number;
}

/** One data directory through the lives of all its engines, with one load that asks them all. */
export class Campaign {
  readonly faults: string[] = [];
  readonly world: World;
  readonly #archived: Archived | undefined;
  readonly #server: CountingServer;
  readonly #load: Load;
  #kills = 0;
  #unready = 0;
  #orphans: readonly number[] = [];
  /** The journal as it was read last: what retention gives up next is known from here. */
  #facts: readonly Fact[] = [];

  private constructor(world: World, server: CountingServer, load: Load, archived: Archived | undefined) {
    this.world = world;
    this.#archived = archived;
    this.#server = server;
    this.#load = load;
  }

  /** @param archived where segments go that are given up, so that checkpoints may be taken and retention work often */
  static async begin(chance: Chance, archived?: Archived): Promise<Campaign> {
    const server = await CountingServer.open();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const world = await makeWorld(server, archived?.checkpointEvents ?? FAR_BETWEEN);
    return new Campaign(world, server, new Load(world, chance), archived);
  }

  get kills(): number {
    return this.#kills;
  }

  /** A life that is killed. Answers whether it ended by itself, at the point it was to end at. */
  async killed(end: End): Promise<boolean> {
    const life = this.#begin(end.kind === "point" ? end.preload : undefined);
    const samples: Sample[] = [];
    if (end.kind === "starting") {
      await Promise.race([after(end.afterMs), life.ended]);
      this.#unready += 1;
    } else await this.#work(life, end, samples);
    const byItself = life.signal === "SIGKILL";
    if (life.exitCode !== null) this.faults.push(`it ended with exit code ${life.exitCode} by itself\n${life.err}`);
    await life.kill();
    this.#kills += 1;
    this.#orphans = livingIn(this.world.folder);
    this.faults.push(...(await this.#checked(samples)).map((fault) => `after kill ${this.#kills}: ${fault}`));
    return byItself;
  }

  /** An engine is left alone until nothing of what was asked is under way, one more ends in order; then everything is looked through. */
  async end(): Promise<Figures> {
    const life = this.#begin(undefined);
    const caller = await Caller.of(await life.ready, life.dataDir);
    await this.#load.settle(caller);
    await quiet(caller);
    const sample = await takeSample(caller);
    // The checkpoint of an end in order lets retention give up what this life has written: it is read before.
    await life.kill();
    this.faults.push(...(await this.#checked([sample])));
    const last = this.#begin(undefined);
    await last.ready;
    await last.stop();
    const { facts, first, tornBytes } = await this.#read(life.dataDir);
    if (tornBytes > 0) this.faults.push(`the journal of an engine that ended in order is torn: ${tornBytes} bytes`);
    const verified = await verifyOf(this.world.folder);
    if (verified.exitCode !== 0) this.faults.push(`the journal does not verify: ${verified.said}`);
    // Its last checkpoint may let the journal give up segments, which it notes behind the end.
    const ending = facts.findLast(({ type }) => type !== "journal.released");
    if (ending?.type !== "engine.stopped") this.faults.push(`the journal ends with ${ending?.type}`);
    const left = livingIn(this.world.folder);
    if (left.length > 0) this.faults.push(`the last engine left processes behind: ${left.join(", ")}`);
    const { acknowledged, refused } = this.#load;
    const evidence = {
      facts,
      acknowledged,
      marks: await readMarks(this.world.marks),
      deliveries: this.#server.deliveries,
    };
    this.faults.push(...refused.map((refusal) => `refused: ${refusal}`), ...audit(evidence));
    return { kills: this.#kills, unready: this.#unready, released: first - 1, ...counted(evidence) };
  }

  #begin(preload: Preload | undefined): Life {
    this.#server.deliveries.life += 1;
    return new Life(this.world.folder, preload ?? this.#archived?.preload);
  }

  #read(dataDir: string): Promise<ReadJournal> {
    return readJournal(dataDir, { known: this.#facts, archive: this.#archived?.folder });
  }

  async #work(life: Life, end: Exclude<End, { kind: "starting" }>, samples: Sample[]): Promise<void> {
    // A point of its start may be its last.
    const url = await life.ready.catch(() => undefined);
    if (url === undefined) {
      if (life.signal === null && life.exitCode === null) this.faults.push(`it was not ready in a minute\n${life.err}`);
      return;
    }
    const left = this.#orphans.filter(isAlive);
    if (left.length > 0) this.faults.push(`processes of the engine before live on: ${left.join(", ")}`);
    let over = false;
    // What is being asked at the end is asked of an engine that is about to be gone.
    void this.#ask(life, url, () => over, samples).catch(() => undefined);
    if (end.kind === "answered") await Promise.race([this.#load.answered(), life.ended]);
    await Promise.race([life.ended, after(end.kind === "point" ? end.withinMs : end.afterMs)]);
    over = true;
  }

  async #ask(life: Life, url: string, over: () => boolean, samples: Sample[]): Promise<void> {
    const caller = await Caller.of(url, life.dataDir);
    const looking = (async () => {
      samples.push(await takeSample(caller));
      await this.#load.approve(caller);
      samples.push(await takeSample(caller));
    })().catch(() => undefined);
    await Promise.all([looking, this.#load.run(caller, over)]);
  }

  /** What a killed engine said, against the journal that it left. */
  async #checked(samples: readonly Sample[]): Promise<readonly string[]> {
    try {
      const { facts } = await this.#read(`${this.world.folder}/.aios`);
      this.#facts = facts;
      return disagreements(samples, facts);
    } catch (failure) {
      return [String(failure)];
    }
  }
}

/** Resolves when all tasks have ended but those of agents that are away for ever, and all runs but those that ask. */
async function quiet(caller: Caller): Promise<void> {
  for (;;) {
    const list = async (route: string) =>
      (await caller.get<{ items: { state: string; agent?: string }[] }>(`/${route}?limit=1000`)).items;
    const tasks = (await list("tasks")).filter(({ state }) => state === "queued" || state === "waiting");
    const running = (await list("tasks")).filter(({ state }) => state === "running");
    const runs = (await list("runs")).filter(({ state }) => state !== "settled" && state !== "awaiting_approval");
    if (tasks.length <= LASTING_TASKS && tasks.every(({ agent = "" }) => isLasting(agent)))
      if (running.length + runs.length === 0) return;
    await after(50);
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
