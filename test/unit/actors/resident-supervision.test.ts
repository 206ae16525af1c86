import { describe, expect, it } from "vitest";
import { ActorHost } from "../../../src/actors/host.ts";
import { ResidentBook, residentPlans } from "../../../src/actors/resident-book.ts";
import { residentSupervisors } from "../../../src/actors/resident-supervisors.ts";
import { supervisionDesk } from "../../../src/actors/supervision-desk.ts";
import { EventBus, type Publishable } from "../../../src/events/bus.ts";
import { type AnyEvent, is } from "../../../src/events/envelope.ts";
import type { RestartPolicy, Strategy } from "../../../src/events/vocabulary.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { supervisorMachine } from "../../../src/machines/supervisor.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const GROUP = "residents/group:crew";
const supervision = { restarts: 3, withinMs: 60_000, backoff: { firstMs: 1_000, factor: 2, maxMs: 60_000 } };
const policy = { failureThreshold: 3, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1 };

function registered(id: string, restart: RestartPolicy, group: string | undefined): Publishable {
  const config = { command: ["agent"], mode: "resident", restart };
  const agent = { id, kind: "process", config, capabilities: [], concurrency: 1, policy, group };
  return { type: "agent.registered", data: { agent, configHash: "", by: "test" } };
}
const process = { pid: 1, startTime: "1", bootId: "b", ownerToken: "t" };
const begun = (agentId: string): Publishable => ({ type: "agent.process_started", data: { agentId, process } });
const ended = (agentId: string, failed = true, supervisor = GROUP): Publishable => ({
  type: "agent.resident_ended",
  data: { agentId, supervisor, failed, reason: failed ? "exit code 1" : "exit code 0" },
});

/** An engine that has only what looks after residents; what would be done to processes is written down. */
async function open(past = new VolatileJournal(), atMs?: number) {
  const clock = new VirtualClock(atMs);
  const bus = new EventBus({ clock, entropy: new SeededEntropy(past.lastSequence + 1), log: silentLog });
  const done: string[] = [];
  const broken = new Set<string>();
  const book = new ResidentBook();
  const note = (what: string) => async (id: string) => {
    if (what === "start" && broken.has(id)) throw new Error("no such program");
    done.push(`${what} ${id}`);
    return { ended: [], remaining: [], signal: "none" } as const;
  };
  const kind = residentSupervisors({
    insist: (draft) => bus.publish(draft()),
    start: async (id) => void (await note("start")(id)),
    stop: note("end"),
  });
  const reflexes = [residentPlans(book), supervisionDesk(nodeHash)];
  const host = new ActorHost({ bus, clock, log: silentLog, hash: nodeHash }, [kind], reflexes);
  const events: AnyEvent[] = [];
  bus.fold((event) => events.push(event));
  bus.fold((event) => host.hear(event));
  host.begin();
  for await (const event of past.read()) bus.replay(event);
  bus.attach(past);
  await host.goLive();
  await bus.publish({ type: "engine.started", data: { version: "0", node: "v0", pid: 1, previous: "none" } });
  await clock.advance(0);
  return {
    book,
    clock,
    done,
    broken,
    journal: past,
    events,
    stateOf: (id: string) => host.snapshot<typeof supervisorMachine>(id),
    publish: async (...drafts: readonly Publishable[]) => {
      for (const draft of drafts) await bus.publish(draft);
      await clock.advance(0);
    },
  };
}

/** Three that run, in a group or each for itself. */
async function crew(strategy: Strategy | undefined, restart: RestartPolicy = "transient") {
  const world = await open();
  const by = "configuration";
  await world.publish({
    type: "supervisor.declared",
    data: { supervision: { strategy: "one_for_one", ...supervision }, by },
  });
  if (strategy !== undefined)
    await world.publish({
      type: "supervisor.declared",
      data: { group: "crew", supervision: { strategy, ...supervision }, by },
    });
  for (const id of ["a", "b", "c"]) await world.publish(registered(id, restart, "crew"), begun(id));
  return world;
}

describe("a group of resident agents", () => {
  it.each([
    ["one_for_one", ["start b"]],
    ["one_for_all", ["end c", "end a", "start a", "start b", "start c"]],
    ["rest_for_one", ["end c", "start b", "start c"]],
  ] as const)("begins again as %s says when one fails, in order and after a pause", async (strategy, expected) => {
    const { publish, clock, done, events } = await crew(strategy);
    await publish(ended("b"));
    expect(done.filter((what) => what.startsWith("start"))).toEqual([]);
    await clock.advance(1_000);
    expect(done).toEqual(expected);
    const changed = events.flatMap((event) => (is(event, "agent.resident_changed") ? [event.data] : []));
    expect(changed.map(({ did, agentId }) => `${did === "ended" ? "end" : "start"} ${agentId}`)).toEqual(expected);
    expect(new Set(changed.map(({ key }) => key)).size).toBe(expected.length);
    expect(changed.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  it.each([
    ["permanent", ["start b"], ["start b"]],
    ["transient", ["start b"], []],
    ["temporary", [], []],
  ] as const)(
    "holds that a %s one comes back after a failure, or an end in order, or neither",
    async (restart, failure, order) => {
      for (const [failed, expected] of [
        [true, failure],
        [false, order],
      ] as const) {
        const { publish, clock, done } = await crew("one_for_one", restart);
        await publish(ended("b", failed));
        await clock.advance(60_000);
        expect(done).toEqual(expected);
      }
    },
  );

  it("leaves alone whom a person stopped, and whom nobody has begun", async () => {
    const { publish, clock, done } = await crew("one_for_all");
    await publish(registered("d", "permanent", "crew"), {
      type: "agent.stopped",
      data: { agentId: "c", by: "operator:me", reason: "", ended: [] },
    });
    await publish(ended("a"));
    await clock.advance(1_000);
    expect(done).toEqual(["end b", "start a", "start b"]);
  });

  it("is given up after one restart too many, which is an incident, and begins again when a person says so", async () => {
    const { publish, clock, done, events, stateOf } = await crew("rest_for_one");
    for (let time = 0; time < 4; time++) {
      await publish(ended("b"));
      await clock.advance(8_000);
    }
    expect(done.filter((what) => what === "start b")).toHaveLength(3);
    expect(stateOf(GROUP)?.value).toBe("escalated");
    const opened = events.flatMap((event) => (is(event, "incident.opened") ? [event.data] : []));
    expect(opened).toMatchObject([{ target: { kind: "agent", id: "b" }, severity: "critical", needsPerson: true }]);
    done.length = 0;
    await publish({ type: "actor.restart_requested", data: { actor: GROUP, by: "operator:me" } });
    expect(done).toEqual(["start b", "start c"]);
    await clock.advance(60_000);
    expect(events.filter((event) => is(event, "incident.resolved"))).toHaveLength(1);
  });

  it("counts a program that cannot be started as a failure", async () => {
    const { publish, clock, broken, done, stateOf } = await crew("one_for_one");
    broken.add("b");
    await publish(ended("b"));
    await clock.advance(20_000);
    expect(stateOf(GROUP)?.value).toBe("escalated");
    expect(done).toEqual([]);
  });

  it("waits on over a restart of the engine, to the first moment, and then begins again once", async () => {
    const before = await crew("rest_for_one");
    await before.publish(ended("b"));
    const { atMs } = before.events.flatMap((event) => (is(event, "supervisor.restarting") ? [event.data] : []))[0] ?? {
      atMs: 0,
    };
    const after = await open(before.journal, before.clock.now());
    expect(after.stateOf(GROUP)?.context).toMatchObject({ down: ["b", "c"], attempt: 1 });
    await after.clock.advance(atMs - after.clock.now() - 1);
    expect(after.done.filter((what) => what.startsWith("start"))).toEqual([]);
    await after.clock.advance(1);
    expect(after.done).toEqual(["start b", "start c"]);
  });

  it("has one supervisor for each of them where nothing is declared for it", async () => {
    const { publish, clock, done, book } = await crew(undefined);
    expect([...book.plans().keys()]).toEqual(["residents/a", "residents/b", "residents/c"]);
    await publish(ended("b", true, "residents/b"));
    await clock.advance(1_000);
    expect(done).toEqual(["start b"]);
  });
});

describe("the book of residents", () => {
  it("knows after a checkpoint what it knew before", async () => {
    const { book } = await crew("rest_for_one");
    const again = new ResidentBook();
    again.state.restore(JSON.parse(JSON.stringify(book.state.snapshot())));
    expect(again.plans()).toEqual(book.plans());
    expect(again.careOf("b")).toEqual({ supervisor: GROUP, restart: "transient", strategy: "rest_for_one" });
    expect(again.state.snapshot()).toEqual(book.state.snapshot());
  });

  it("takes the older words for a restart as what they meant", async () => {
    const { publish, book } = await crew("rest_for_one");
    await publish(registered("old", "always" as RestartPolicy, undefined));
    expect(book.careOf("old")?.restart).toBe("permanent");
  });
});
