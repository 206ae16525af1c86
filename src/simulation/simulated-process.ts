import { taskMessage } from "../agents/protocol.ts";
import type { Cancel, Clock } from "../kernel/clock.ts";
import type { ChildProcess, EndReport, ProcessExit, ProcessIdentity, ProcessUsage } from "../kernel/processes.ts";
import { between } from "./chance.ts";
import { Pipe } from "./pipe.ts";
import type { SimulatedAgent } from "./population.ts";
import { type Course, courseOf } from "./temper.ts";
import type { Weather } from "./weather.ts";

export interface ProcessWorld {
  readonly clock: Clock;
  readonly weather: Weather;
  /** Until when a fault outlives the process that has it: beginning again does not help. */
  readonly faultUntil: Map<string, number>;
}

const MIB = 1024 * 1024;
/** Between being asked to end and having ended. */
const LAST_MS = 20;
/** Work of so long is worth a word in between. */
const PROGRESS_FROM_MS = 10_000;
const IDLE_SHARE = 0.03;
const HOT_SHARE = 0.97;
const BASE_MIB = 180;
const LEAK_MIB = 45;

/** A program of the simulation: it speaks the agents' protocol on its pipes and uses a processor and memory. */
export class SimulatedProcess implements ChildProcess {
  readonly identity: ProcessIdentity;
  readonly stdout = new Pipe();
  readonly stderr = new Pipe();
  readonly exited: Promise<ProcessExit>;
  readonly #agent: SimulatedAgent;
  readonly #world: ProcessWorld;
  readonly #bornAtMs: number;
  readonly #timers = new Set<Cancel>();
  #exit: (exit: ProcessExit) => void = () => {};
  #alive = true;
  /** Since when it keeps a core busy for nothing. */
  #hotSinceMs: number | undefined;
  #tasks = 0;
  /** It does not hear that it should end. */
  #deaf = false;

  constructor(agent: SimulatedAgent, identity: ProcessIdentity, world: ProcessWorld) {
    this.#agent = agent;
    this.identity = identity;
    this.#world = world;
    this.#bornAtMs = world.clock.monotonic();
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
    if (world.clock.now() < (world.faultUntil.get(agent.id) ?? 0)) this.#hotSinceMs = this.#bornAtMs;
    if (agent.body === "resident") this.#say({ type: "heartbeat" });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  async write(text: string): Promise<void> {
    for (const line of text.split("\n").filter((one) => one !== "")) this.#take(taskMessage.parse(JSON.parse(line)).id);
  }

  closeInput(): void {}

  usage(): ProcessUsage {
    const atMs = this.#world.clock.monotonic();
    const hotMs = this.#hotSinceMs === undefined ? 0 : atMs - this.#hotSinceMs;
    const leaked = this.#agent.temper.kind === "leaking" ? LEAK_MIB * this.#tasks : 0;
    return {
      cpuMs: IDLE_SHARE * (atMs - this.#bornAtMs) + HOT_SHARE * hotMs,
      waitedMs: 0,
      rssBytes: (BASE_MIB + leaked) * MIB,
      processes: 1,
      atMs,
    };
  }

  /** As a signal does it: asked first, then by force. */
  async end(graceMs: number): Promise<EndReport> {
    const signal = this.#deaf ? "SIGKILL" : "SIGTERM";
    this.#later(this.#deaf ? graceMs : LAST_MS, () => this.#end({ code: null, signal }));
    await this.exited;
    return { ended: [this.identity.pid], remaining: [], signal };
  }

  #take(taskId: string): void {
    const { temper, chance } = this.#agent;
    const { weather, clock } = this.#world;
    this.#tasks++;
    const course = courseOf(temper, chance, weather, clock.now());
    if (course.kind === "hangs") {
      this.#deaf = chance.random() < 0.3;
      return;
    }
    if (course.kind === "succeeds" && course.afterMs >= PROGRESS_FROM_MS)
      this.#later(course.afterMs >> 1, () => this.#say({ type: "progress", id: taskId, ratio: 0.5 }));
    this.#later(course.afterMs, () => this.#finish(taskId, course));
  }

  #finish(taskId: string, course: Exclude<Course, { kind: "hangs" }>): void {
    if (course.kind === "crashes") {
      this.stderr.write(course.stderr);
      this.#end(course.exit);
      return;
    }
    if (course.kind === "fails") {
      const { message, code, retryable } = course.error;
      this.#say({ type: "error", id: taskId, message, code, retryable });
    } else {
      this.#say({
        type: "usage",
        id: taskId,
        "gen_ai.usage.input_tokens": between(this.#agent.chance, 200, 9_000),
        "gen_ai.usage.output_tokens": between(this.#agent.chance, 20, 2_000),
        "gen_ai.request.model": "simulated",
      });
      this.#say({ type: "result", id: taskId, output: { done: true } });
    }
    if (this.#agent.body === "resident") this.#age();
    else this.#end({ code: 0, signal: null });
  }

  /** What many tasks do to one program. */
  #age(): void {
    const { temper, chance, id } = this.#agent;
    const { clock, faultUntil } = this.#world;
    if (temper.kind !== "runaway" || this.#hotSinceMs !== undefined || chance.random() >= 0.06) return;
    this.#hotSinceMs = clock.monotonic();
    if (chance.random() < 0.25) faultUntil.set(id, clock.now() + between(chance, 30, 240) * 60_000);
  }

  #say(message: object): void {
    if (this.#alive) this.stdout.write(`${JSON.stringify(message)}\n`);
  }

  #later(ms: number, run: () => void): void {
    const { clock } = this.#world;
    const cancel = clock.at(clock.now() + ms, () => {
      this.#timers.delete(cancel);
      if (this.#alive) run();
    });
    this.#timers.add(cancel);
  }

  #end(exit: ProcessExit): void {
    this.#alive = false;
    for (const cancel of this.#timers) cancel();
    this.stdout.close();
    this.stderr.close();
    this.#exit(exit);
  }
}
