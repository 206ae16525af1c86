import { type AnyEvent, decode, encode } from "../../src/events/envelope.ts";
import { VolatileJournal } from "../../src/events/volatile-journal.ts";
import type { Snapshot } from "../../src/kernel/checkpointed.ts";
import { nodeHash } from "../../src/platform/hash.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  pieces,
  SealedBytes,
  sealWith,
} from "../../src/runtime/checkpoints/format.ts";
import { foldEvents } from "../../src/runtime/folds.ts";
import type { Runtime } from "../../src/runtime.ts";
import { VirtualClock } from "../../src/simulation/virtual-clock.ts";
import { frozen, textsOf } from "./frozen.ts";
import { runtimeOver, type VirtualOptions, World } from "./virtual-engine.ts";

function throughFile(snapshots: ReadonlyMap<string, Snapshot>): Checkpoint {
  const seal = sealWith(nodeHash, undefined);
  const bytes = new SealedBytes(seal);
  const captured = [...snapshots].map(([name, snapshot]) => ({ name, version: 1, snapshot }));
  for (const piece of pieces({ position: { sequence: 1, seal: "" }, takenAtMs: 0 }, captured)) bytes.add(piece);
  return decodeCheckpoint(bytes.end(), seal);
}

/** Every fold of the product's engine, as it stands while a journal is replayed: nothing of it is live. */
export class FoldedEngine {
  readonly runtime: Runtime;

  private constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  static async open(options: VirtualOptions = {}, atMs?: number): Promise<FoldedEngine> {
    const runtime = await runtimeOver(options, new World(), new VirtualClock(atMs), 1);
    foldEvents(runtime);
    runtime.host.begin();
    return new FoldedEngine(runtime);
  }

  hear(events: readonly AnyEvent[]): this {
    // As they are read from a file: whatever a fold keeps of an event is its own.
    for (const event of events) this.runtime.bus.replay(decode(encode(event, event.sequence)) as AnyEvent);
    return this;
  }

  /** What every fold remembers, frozen: from now on nobody may change anything of it in place. */
  snapshots(): ReadonlyMap<string, Snapshot> {
    return new Map(this.runtime.bus.states.map((state) => [state.name, frozen(state.snapshot())]));
  }

  /** Takes up what was remembered, as a file of a checkpoint has it. */
  restore(snapshots: ReadonlyMap<string, Snapshot>): this {
    const { folds } = throughFile(snapshots);
    for (const state of this.runtime.bus.states) {
      const saved = folds.get(state.name);
      if (saved !== undefined) state.restore(saved.state);
    }
    return this;
  }

  texts(): ReadonlyMap<string, string> {
    return textsOf(this.runtime.bus.states);
  }

  /** What the host says and wants once it is live: what a crash had left unsaid, and every deadline. */
  async wakes(): Promise<unknown> {
    const { bus, host } = this.runtime;
    const said: unknown[] = [];
    bus.fold(({ type, data, idempotencykey, causationid }) => said.push({ type, data, idempotencykey, causationid }));
    bus.attach(new VolatileJournal());
    await host.goLive();
    return JSON.parse(JSON.stringify({ said, deadlines: host.deadlines() }));
  }

  /** What the product answers from its folds, as it reaches people. */
  answers(): unknown {
    const { views, score, host, inspection, remedies, bus } = this.runtime;
    const now = this.runtime.ports.clock.now();
    return JSON.parse(
      JSON.stringify({
        engine: views.engine.current,
        tasks: [views.tasks.list(), views.tasks.counts()],
        agents: [views.agents.list(), views.agents.counts()],
        runs: [views.runs.list(), views.runs.suppressed()],
        approvals: [views.approvals.list(), views.approvals.waiting()],
        incidents: views.incidents.list(),
        letters: views.deadLetters.list(),
        playbooks: [views.playbooks.list(), views.playbooks.refused()],
        failures: views.failures.list(),
        lessons: views.lessons.list(),
        notifications: views.notifications.list(),
        resources: [views.resources.host(), views.resources.high(), views.resources.crossings()],
        recent: views.recent.list(100),
        performance: views.performance.read(now),
        score: [score.current(), score.history()],
        machines: inspection.list(),
        states: host.list().map(({ id }) => [id, host.snapshot(id)?.value as unknown]),
        rules: remedies.waiting,
        receipt: bus.receiptOf("x"),
      }),
    );
  }
}
