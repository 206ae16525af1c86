import { describe, expect, it } from "vitest";
import { assign, emit, setup } from "xstate";
import { ActorHost } from "../../../src/actors/host.ts";
import type { ActorKind, Reflex } from "../../../src/actors/kind.ts";
import { supervisorActors } from "../../../src/actors/supervision.ts";
import { supervisionDesk } from "../../../src/actors/supervision-desk.ts";
import { EventBus, type Publishable } from "../../../src/events/bus.ts";
import { type AnyEvent, type EventOf, is } from "../../../src/events/envelope.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { announce, type Output } from "../../../src/machines/output.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

type Drained = EventOf<"agent.drained">;

/** Counts what it is told, announces the count, and throws at "poison"; once, at "flaw", while `flawed` says so. */
const flawed = { left: 0 };
const counting = setup({
  types: { context: {} as { readonly told: readonly string[] }, events: {} as Drained, emitted: {} as Output },
  actions: {
    take: assign({
      told: ({ context, event }) => {
        const { reason } = event.data;
        if (reason === "poison") throw new Error("it cannot digest poison");
        if (reason === "flaw" && flawed.left-- > 0) throw new Error("not yet");
        return [...context.told, reason];
      },
    }),
    tell: emit(({ context, event }) =>
      announce("agent.reset", { agentId: event.data.agentId, by: "test", reason: context.told.join() }),
    ),
  },
}).createMachine({
  id: "counting",
  context: { told: [] },
  on: { "agent.drained": { actions: ["take", "tell"] } },
});

const countingActors: ActorKind = {
  name: "counting",
  machine: counting,
  birth: {
    on: "agent.archived",
    id: (event) => (is(event, "agent.archived") ? event.data.agentId : ""),
    input: () => ({}),
  },
  routes: { "agent.drained": ({ data }) => [data.agentId] },
};
const settings = { restarts: 5, withinMs: 60_000, backoff: { firstMs: 100, factor: 2, maxMs: 1_000 }, skipAfter: 2 };
const born = (agentId: string): Publishable => ({
  type: "agent.archived",
  data: { agentId, by: "test", reason: "born" },
});
const told = (agentId: string, reason: string): Publishable => ({
  type: "agent.drained",
  data: { agentId, by: "test", reason },
});

interface World {
  readonly host: ActorHost;
  readonly journal: VolatileJournal;
  readonly clock: VirtualClock;
  readonly publish: (...drafts: readonly Publishable[]) => Promise<void>;
  readonly tellsOf: (actor: string) => readonly string[];
  readonly events: () => readonly AnyEvent[];
  readonly typesOf: (actor: string) => readonly string[];
}

/** What the folds of a host remembered after the events up to a sequence, as it stands in a file. */
interface Checkpoint {
  readonly at: number;
  readonly folds: ReadonlyMap<string, unknown>;
}

function checkpointOf({ host, events }: World): Checkpoint {
  const folds = host.states.map(
    (state) => [state.name, JSON.parse(JSON.stringify(madeNow(state.snapshot())))] as const,
  );
  return { at: events().length, folds: new Map(folds) };
}

async function copyOf(events: readonly AnyEvent[]): Promise<VolatileJournal> {
  const copy = new VolatileJournal();
  for (const { sequence: _, ...event } of events) await copy.append(event);
  return copy;
}

async function open(
  options: Partial<typeof settings> = {},
  past = new VolatileJournal(),
  reflexes: readonly Reflex[] = [],
  from?: Checkpoint,
): Promise<World> {
  const clock = new VirtualClock();
  const bus = new EventBus({ clock, entropy: new SeededEntropy(past.lastSequence + 1), log: silentLog });
  const deps = { bus, clock, log: silentLog, hash: nodeHash, host: () => host };
  const kinds = [countingActors, supervisorActors({ ...settings, ...options }, deps)];
  const host: ActorHost = new ActorHost({ bus, clock, log: silentLog, hash: nodeHash }, kinds, [
    supervisionDesk(nodeHash),
    ...reflexes,
  ]);
  const events: AnyEvent[] = [];
  bus.fold((event) => events.push(event));
  bus.fold((event) => host.hear(event));
  host.begin();
  for (const state of host.states) if (from !== undefined) state.restore(from.folds.get(state.name));
  for await (const event of past.read({ after: from?.at ?? 0 })) bus.replay(event);
  bus.attach(past);
  await host.goLive();
  await bus.publish({ type: "engine.started", data: { version: "0", node: "v0", pid: 1, previous: "none" } });
  await clock.advance(0);
  return {
    host,
    journal: past,
    clock,
    async publish(...drafts) {
      for (const draft of drafts) await bus.publish(draft);
      await clock.advance(0);
    },
    tellsOf: (actor) => {
      const { context } = host.snapshot<typeof counting>(actor) ?? { context: { told: ["there is no such actor"] } };
      return context.told;
    },
    events: () => events,
    typesOf: (actor) => events.filter(({ subject }) => subject === actor).map(({ type }) => type),
  };
}

/** What the journal alone says that an actor was told: everything but what it names as skipped. */
function folded(events: readonly AnyEvent[], agentId: string): readonly string[] {
  const skipped = new Set(
    events.flatMap((event) => (is(event, "actor.event_skipped") ? [event.data.eventSequence] : [])),
  );
  return events.flatMap((event) =>
    is(event, "agent.drained") && event.data.agentId === agentId && !skipped.has(event.sequence)
      ? [event.data.reason]
      : [],
  );
}

describe("an actor that fails", () => {
  it("is quarantined at its last good value while the others go on, and takes nobody along", async () => {
    const { publish, tellsOf, typesOf } = await open();
    await publish(born("a"), born("b"), told("a", "x"), told("a", "poison"), told("a", "y"), told("b", "z"));
    expect(tellsOf("counting/a")).toEqual(["x"]);
    expect(tellsOf("counting/b")).toEqual(["z"]);
    expect(typesOf("counting/a")).toEqual(["actor.failed"]);
  });

  it("comes back without the event it cannot take, with all that had waited, as the journal implies", async () => {
    const { publish, tellsOf, typesOf, clock, events } = await open();
    await publish(born("a"), told("a", "x"), told("a", "poison"), told("a", "y"));
    await clock.advance(1_000);
    await publish(told("a", "z"));
    expect(tellsOf("counting/a")).toEqual(["x", "y", "z"]);
    expect(tellsOf("counting/a")).toEqual(folded(events(), "a"));
    expect(typesOf("counting/a")).toEqual([
      "actor.failed",
      "actor.restarted",
      "actor.failed",
      "actor.event_skipped",
      "actor.restarted",
    ]);
    const [restarted] = events().filter((event) => is(event, "actor.restarted"));
    expect(restarted?.data).toMatchObject({ from: "journal", attempt: 1 });
  });

  it("announces what follows from what had waited, once", async () => {
    const { publish, clock, events } = await open();
    await publish(born("a"), told("a", "x"), told("a", "poison"), told("a", "y"));
    await clock.advance(1_000);
    const announced = events().flatMap((event) => (is(event, "agent.reset") ? [event.data.reason] : []));
    expect(announced).toEqual(["x", "x,y"]);
  });

  it("takes the event at its second try where the trouble was passing, and skips nothing", async () => {
    flawed.left = 1;
    const { publish, tellsOf, typesOf, clock } = await open();
    await publish(born("a"), told("a", "x"), told("a", "flaw"), told("a", "y"));
    await clock.advance(1_000);
    expect(tellsOf("counting/a")).toEqual(["x", "flaw", "y"]);
    expect(typesOf("counting/a")).toEqual(["actor.failed", "actor.restarted"]);
  });

  it("stands after a restart of the engine where it stood, wherever the engine was killed", async () => {
    const whole = await open();
    await whole.publish(born("a"), told("a", "x"), told("a", "poison"), told("a", "y"));
    await whole.clock.advance(1_000);
    const expected = whole.tellsOf("counting/a");
    const past = whole.events();
    const last = past.findIndex((event) => is(event, "agent.drained") && event.data.reason === "y");
    for (let count = last + 1; count <= past.length; count++) {
      const again = await open({}, await copyOf(past.slice(0, count)));
      await again.clock.advance(5_000);
      expect([count, again.tellsOf("counting/a")]).toEqual([count, expected]);
      const announced = again.events().flatMap((event) => (is(event, "agent.reset") ? [event.data.reason] : []));
      expect([count, announced]).toEqual([count, ["x", "x,y"]]);
    }
  });

  it("takes all that had waited also after a start from a checkpoint that was taken while it was quarantined", async () => {
    const whole = await open();
    await whole.publish(born("a"), told("a", "x"), told("a", "poison"), told("a", "y"), told("a", "z"));
    expect(whole.typesOf("counting/a")).toEqual(["actor.failed"]);
    const again = await open({}, await copyOf(whole.events()), [], checkpointOf(whole));
    await again.publish(told("a", "last"));
    expect(again.tellsOf("counting/a")).toEqual(["x"]);
    await again.clock.advance(5_000);
    expect(again.tellsOf("counting/a")).toEqual(["x", "y", "z", "last"]);
  });

  it("is given up when it fails too often, which a person is told, and works again when one says so", async () => {
    const { publish, tellsOf, events, clock } = await open({ restarts: 2, skipAfter: 9 });
    await publish(born("a"), told("a", "poison"), told("a", "y"));
    await clock.advance(10_000);
    expect(events().filter((event) => is(event, "supervisor.escalated"))).toHaveLength(1);
    expect(events().findLast((event) => is(event, "incident.updated"))?.data).toMatchObject({ needsPerson: true });
    expect(events().filter((event) => is(event, "actor.failed"))).toHaveLength(3);
    await publish({ type: "actor.restart_requested", data: { actor: "counting/a", by: "operator:me" } });
    expect(events().filter((event) => is(event, "actor.failed"))).toHaveLength(4);
    expect(tellsOf("counting/a")).toEqual([]);
  });

  it("opens an incident that is over when all was taken, and stays open where an event was left out", async () => {
    flawed.left = 1;
    const { publish, events, clock } = await open();
    const incidents = () => events().flatMap(({ type }) => (type.startsWith("incident.") ? [type] : []));
    await publish(born("a"), told("a", "flaw"));
    await clock.advance(59_000);
    expect(incidents()).toEqual(["incident.opened"]);
    await clock.advance(2_000);
    expect(incidents()).toEqual(["incident.opened", "incident.resolved"]);
    await publish(told("a", "poison"));
    await clock.advance(100_000);
    expect(incidents().slice(2)[0]).toBe("incident.reopened");
    expect(events().findLast((event) => is(event, "incident.updated"))?.data).toMatchObject({ needsPerson: true });
    expect(incidents().at(-1)).toBe("incident.updated");
  });
});

describe("an effect that never ends", () => {
  it("is reported once, with an incident, and keeps nobody else waiting", async () => {
    const endless: Reflex = {
      name: "endless",
      state: "none",
      listens: ["agent.drained"],
      hear: ({ id }) => [{ type: "effect", name: "wait", key: id, params: undefined }],
      perform: () => new Promise(() => {}),
    };
    const { publish, tellsOf, events, clock } = await open({}, undefined, [endless]);
    await publish(born("a"), told("a", "x"));
    const overdue = () => events().flatMap((event) => (is(event, "actor.effect_overdue") ? [event.data] : []));
    await clock.advance(899_000);
    expect(overdue()).toEqual([]);
    await clock.advance(1_000_000);
    expect(overdue()).toMatchObject([{ actor: "reflex/endless", effect: "wait", runningMs: 900_000 }]);
    expect(events().filter((event) => is(event, "incident.opened"))).toHaveLength(1);
    await publish(told("a", "y"));
    expect(tellsOf("counting/a")).toEqual(["x", "y"]);
  });
});

describe("what throws beside the actors", () => {
  const broken: Reflex = {
    name: "broken",
    state: "none",
    listens: ["agent.drained"],
    hear() {
      throw new Error("a reflex that throws");
    },
  };

  it("is reported, and everybody else hears the event", async () => {
    const { publish, tellsOf, events } = await open({}, undefined, [broken]);
    await publish(born("a"), told("a", "x"), told("a", "y"));
    expect(tellsOf("counting/a")).toEqual(["x", "y"]);
    const reports = events().flatMap((event) => (is(event, "subscriber.failed") ? [event.data.subscriber] : []));
    expect(reports).toEqual(["reflex/broken", "reflex/broken"]);
  });
});
