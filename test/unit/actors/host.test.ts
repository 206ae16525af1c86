import { describe, expect, it } from "vitest";
import { emit, setup } from "xstate";
import { agentActors } from "../../../src/actors/agent.ts";
import { approvalActors } from "../../../src/actors/approval.ts";
import { ActorHost } from "../../../src/actors/host.ts";
import type { ActorKind } from "../../../src/actors/kind.ts";
import type { Tap } from "../../../src/actors/tap.ts";
import { EventBus } from "../../../src/events/bus.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { announce, type Output } from "../../../src/machines/output.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

const policy = { failureThreshold: 3, cooldownMs: 1_000, openMs: 5_000, archiveAfterProbes: 10 };
const spec = { id: "a", kind: "process", config: null, capabilities: [], concurrency: 1, policy };
const register = { type: "agent.registered", data: { agent: spec, configHash: "h", by: "me" } } as const;
const about = { taskId: "t", agentId: "a", attempt: 1, key: "t/1" };
const started = {
  type: "task.started",
  data: { ...about, deadlineAtMs: 9e9, configVersion: 1, probe: false, lessons: [] },
} as const;
const failed = {
  type: "task.attempt_failed",
  data: { ...about, reason: "error", error: { message: "no" }, durationMs: 1 },
} as const;

interface Opened {
  readonly journal: VolatileJournal;
  readonly clock: VirtualClock;
  readonly bus: EventBus;
  readonly host: ActorHost;
}

/** An engine's host on a journal that may already hold a past; `lost` keeps back what a crash would have kept from it. */
async function open(
  journal = new VolatileJournal(),
  clock = new VirtualClock(),
  kinds: readonly ActorKind[] = [agentActors, approvalActors],
): Promise<Opened> {
  const bus = new EventBus({ clock, entropy: new SeededEntropy(journal.lastSequence + 1), log: silentLog });
  const host = new ActorHost({ bus, clock, hash: nodeHash, log: silentLog }, kinds, []);
  bus.fold((event) => host.hear(event));
  host.begin();
  for await (const event of journal.read()) bus.replay(event);
  bus.attach(journal);
  await host.goLive();
  return { journal, clock, bus, host };
}

async function eventsOf(journal: VolatileJournal): Promise<readonly AnyEvent[]> {
  const events: AnyEvent[] = [];
  for await (const event of journal.read()) events.push(event);
  return events;
}
const typesOf = async (journal: VolatileJournal) => (await eventsOf(journal)).map(({ type }) => type);

/** The journal as a crash would leave it: only its first events. */
async function cutAfter(journal: VolatileJournal, count: number): Promise<VolatileJournal> {
  const cut = new VolatileJournal();
  for (const event of (await eventsOf(journal)).slice(0, count)) await cut.append(event);
  return cut;
}
/** An actor that has something to say of every attempt, and then something of what it said. */
const talker: ActorKind = {
  name: "talker",
  machine: setup({
    types: {
      events: {} as { readonly type: string; readonly data: { readonly taskId: string; readonly owner: string } },
      emitted: {} as Output,
    },
  }).createMachine({
    on: {
      "task.started": {
        actions: emit(({ event: { data } }) =>
          announce("breaker.changed", { owner: data.taskId, to: "open", failures: 1 }),
        ),
      },
      "breaker.changed": {
        actions: emit(({ event: { data } }) =>
          announce("agent.drained", { agentId: data.owner, by: "talker", reason: "" }),
        ),
      },
    },
  }),
  permanent: { id: "main", input: undefined },
  routes: { "task.started": () => ["main"], "breaker.changed": () => ["main"] },
};
const stateOf = (host: ActorHost): unknown => host.snapshot("agent/a")?.value;

describe("the actor host", () => {
  it("brings an actor back to the state its journaled events imply", async () => {
    const { journal, bus, host, clock } = await open();
    for (const event of [register, started, failed]) await bus.publish(event);
    await settle();
    expect(stateOf(host)).toBe("blocked");
    const again = await open(journal, clock);
    expect(stateOf(again.host)).toBe("blocked");
  });

  it("journals a deadline that came, and moves the actor by it", async () => {
    const { journal, bus, host, clock } = await open();
    for (const event of [register, started, failed]) await bus.publish(event);
    await clock.advance(999);
    expect(stateOf(host)).toBe("blocked");
    await clock.advance(1);
    expect(stateOf(host)).toBe("idle");
    expect(await typesOf(journal)).toContain("deadline.fired");
  });

  it("keeps the original time of a deadline over a restart, and fires an overdue one once", async () => {
    const { journal, bus, clock } = await open();
    for (const event of [register, started, failed]) await bus.publish(event);
    await settle();
    const sooner = await open(await cutAfter(journal, 99), new VirtualClock(clock.now() + 400));
    expect(sooner.host.deadlines()).toMatchObject([
      { actor: "agent/a", name: "cooldown", dueAtMs: clock.now() + 1_000 },
    ]);
    await sooner.clock.advance(599);
    expect(stateOf(sooner.host)).toBe("blocked");
    await sooner.clock.advance(1);
    expect(stateOf(sooner.host)).toBe("idle");
    const later = await open(await cutAfter(journal, 99), new VirtualClock(clock.now() + 90_000));
    await later.clock.advance(0);
    expect(stateOf(later.host)).toBe("idle");
    expect((await typesOf(later.journal)).filter((type) => type === "deadline.fired")).toHaveLength(1);
  });

  it("journals after a crash exactly what was announced and not yet written, at whatever point it was killed", async () => {
    const whole = await open();
    for (const event of [register, started, failed]) await whole.bus.publish(event);
    await whole.clock.advance(1_000);
    await settle();
    const expected = await typesOf(whole.journal);
    const announced = ["agent.state_changed", "deadline.fired"];
    for (let count = 1; count < expected.length; count++) {
      const cut = await cutAfter(whole.journal, count);
      const missing = expected.slice(count).filter((type) => !announced.includes(type));
      const { journal, bus, clock } = await open(cut, new VirtualClock(whole.clock.now()));
      for (const event of [register, started, failed]) if (missing.includes(event.type)) await bus.publish(event);
      await clock.advance(2_000);
      await settle();
      const got = await typesOf(journal);
      expect([count, [...got].sort()]).toEqual([count, [...expected].sort()]);
    }
  });

  it("forgets nothing that was announced, at whatever points it and the engine that made up for it are killed", async () => {
    const attempts = ["t1", "t2", "t3"].map((taskId) => ({ ...started, data: { ...started.data, taskId } }));
    const past = await open();
    for (const event of attempts) await past.bus.publish(event);
    const heard = await cutAfter(past.journal, attempts.length);
    const told = async (journal: VolatileJournal) => {
      const { bus } = await open(journal, new VirtualClock(), [talker]);
      await settle();
      expect(bus.faults).toBe(0);
      return (await eventsOf(journal)).map(({ type, data }) => `${type} ${JSON.stringify(data)}`);
    };
    const whole = await told(heard);
    for (let count = attempts.length; count <= whole.length; count++) {
      const made = await told(await cutAfter(heard, count));
      expect([count, [...made].sort()]).toEqual([count, [...whole].sort()]);
    }
  });

  it("keeps no actor that has reached its end", async () => {
    const { bus, host } = await open();
    const request = {
      approvalId: "x",
      runId: "r",
      playbookId: "p",
      target: { kind: "agent", id: "a" },
      planHash: "h",
      targetVersion: "-",
      risk: "low",
      why: [],
      expiresAtMs: 9e12,
      proposedBy: "engine",
    } as const;
    await bus.publish({ type: "approval.requested", data: { ...request, why: [] } });
    expect(host.list().map(({ id }) => id)).toEqual(["approval/x"]);
    await bus.publish({
      type: "approval.decided",
      data: { approvalId: "x", runId: "r", decision: "approved", by: "me", planHash: "h", reason: "" },
    });
    expect(host.list()).toEqual([]);
    expect(host.deadlines()).toEqual([]);
  });

  it("moves its actors whatever an onlooker throws, reports it, and drops an onlooker that goes on throwing", async () => {
    let called = 0;
    const broken = (): never => {
      called++;
      throw new Error("mine");
    };
    const tap: Tap = { born: broken, moved: broken, held: broken, gone: broken };
    const said: unknown[] = [];
    const log = { ...silentLog, error: (_: string, facts?: object) => said.push(facts) };
    const clock = new VirtualClock();
    const bus = new EventBus({ clock, entropy: new SeededEntropy(1), log: silentLog, journal: new VolatileJournal() });
    const host = new ActorHost({ bus, clock, hash: nodeHash, log, tap }, [agentActors], []);
    bus.fold((event) => host.hear(event));
    host.begin();
    await host.goLive();
    for (const event of [register, started, failed]) await bus.publish(event);
    await clock.advance(1_000);
    expect(stateOf(host)).toBe("idle");
    expect(said).toMatchObject([{ failures: 1, failure: "mine" }, { failures: 2 }, { failures: 3 }]);
    expect(called).toBe(3);
  });
});
