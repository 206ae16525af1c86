import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { assign, setup } from "xstate";
import { ActorHost } from "../../../src/actors/host.ts";
import type { ActorKind } from "../../../src/actors/kind.ts";
import { EventBus } from "../../../src/events/bus.ts";
import { is } from "../../../src/events/envelope.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { MachineHistory } from "../../../src/machines/history.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts";
import { eventful, eventfulLife } from "../../support/eventful-life.ts";
import { FoldedEngine } from "../../support/folded-engine.ts";
import { heard } from "../../support/heard.ts";
import { shapeOf } from "../../support/shape-of.ts";
import { facts, Story } from "../../support/story.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures/checkpoints");

interface Shape {
  readonly version: string;
  readonly initial: string;
  readonly states: readonly string[];
  readonly member: string;
}

/** A machine that counts the attempts of an agent that failed, in whatever words its version has for that. */
function kindOf({ version, initial, states, member }: Shape, history?: MachineHistory): ActorKind {
  const [first = "", ...rest] = states;
  const machine = setup({
    types: { context: {} as Record<string, number | string> },
    actions: { count: assign(({ context }) => ({ ...context, [member]: Number(context[member] ?? 0) + 1 })) },
  }).createMachine({
    id: "counter",
    version,
    context: { [member]: 0 },
    initial,
    states: Object.fromEntries(
      [first, ...rest].map((name) => [
        name,
        { on: { "task.attempt_failed": { target: states[1] ?? first, actions: "count" } } },
      ]),
    ),
  });
  return {
    name: "counter",
    machine,
    ...(history === undefined ? {} : { history }),
    birth: {
      on: "agent.registered",
      id: (event) => (is(event, "agent.registered") ? event.data.agent.id : ""),
      input: () => undefined,
    },
    routes: { "task.attempt_failed": ({ data }) => [data.agentId] },
  };
}

function hostOf(kind: ActorKind): ActorHost {
  const bus = new EventBus({ clock: new VirtualClock(), entropy: new SeededEntropy(1), log: silentLog });
  return new ActorHost({ bus, clock: new VirtualClock(), hash: nodeHash, log: silentLog }, [kind], []);
}

/** What a host of that kind wrote down after an agent had failed twice, as it stands in a file. */
function saved(kind: ActorKind): unknown {
  const host = hostOf(kind);
  const story = new Story();
  story.tell("agent.registered", facts.agent("coder"));
  story.tell("task.attempt_failed", facts.attemptFailed("a"));
  story.tell("task.attempt_failed", facts.attemptFailed("b"));
  for (const event of story.events) host.hear(event);
  return JSON.parse(JSON.stringify(madeNow(host.states[0]?.snapshot())));
}

function restored(kind: ActorKind, value: unknown): ActorHost {
  const host = hostOf(kind);
  host.states[0]?.restore(value);
  return host;
}

const first: Shape = { version: "1", initial: "well", states: ["well", "sick"], member: "failures" };
const third: Shape = { version: "3", initial: "good", states: ["good", "bad"], member: "count" };
const history: MachineHistory = {
  members: ["count"],
  migrations: [
    {
      from: "1",
      to: "2",
      migrate: ({ value, context: { failures } }) => ({
        value: value === "well" ? "good" : "bad",
        context: { failures },
      }),
    },
    { from: "2", to: "3", migrate: ({ value, context: { failures } }) => ({ value, context: { count: failures } }) },
  ],
};
const stateOf = (host: ActorHost) => {
  const snapshot = host.snapshot("counter/coder");
  return snapshot === undefined
    ? undefined
    : { value: snapshot.value as unknown, context: snapshot.context as unknown };
};

describe("an actor that was saved under another version of its machine", () => {
  it("goes on from where it stood through every migration on the way", () => {
    const host = restored(kindOf(third, history), saved(kindOf(first)));
    expect(host.unfit).toEqual([]);
    expect(stateOf(host)).toEqual({ value: "bad", context: { count: 2 } });
    const story = new Story();
    host.hear(story.tell("task.attempt_failed", facts.attemptFailed("c")));
    expect(stateOf(host)).toEqual({ value: "bad", context: { count: 3 } });
  });

  it.each([
    ["newer than this build", kindOf(first), third, "version 3 of its machine is not known here, which has version 1"],
    ["older without a way", kindOf(third), first, "version 1 of its machine is not known here, which has version 3"],
    [
      "of the same version and another definition",
      kindOf({ ...third, version: "1" }),
      first,
      "version 1 of its machine had another definition",
    ],
  ])("does not run where that is %s, and what differs is said", (_, now, before, reason) => {
    const host = restored(now, saved(kindOf(before)));
    expect(stateOf(host)).toBeUndefined();
    expect(host.unfit).toMatchObject([{ id: "counter/coder", machine: `counter ${before.version}`, reason }]);
    const gone = before.states.map((state) => `state "${state}" is gone`);
    expect(host.unfit[0]?.difference).toEqual(
      expect.arrayContaining([...gone, `it stood in "${before.states[1]}", which is not a state now`]),
    );
  });

  it("does not run where a migration leads to a state or a member that there is not", () => {
    const lost = (migrated: { value: unknown; context: Record<string, unknown> }): MachineHistory => ({
      members: ["count"],
      migrations: [{ from: "1", to: "3", migrate: () => migrated }],
    });
    const nowhere = restored(kindOf(third, lost({ value: "nowhere", context: { count: 1 } })), saved(kindOf(first)));
    expect(nowhere.unfit[0]?.difference).toEqual(['it stood in "nowhere", which is not a state now']);
    const stray = restored(kindOf(third, lost({ value: "good", context: { sum: 1 } })), saved(kindOf(first)));
    expect(stray.unfit[0]?.difference).toEqual(['context member "sum" is gone']);
  });

  it("is not born anew beside what is kept of it, and is handed on as it was to whoever knows it again", () => {
    const kept = saved(kindOf(third));
    const host = restored(kindOf(first), kept);
    const story = new Story();
    host.hear(story.tell("agent.registered", facts.agent("coder")));
    expect(stateOf(host)).toBeUndefined();
    const handedOn = JSON.parse(JSON.stringify(madeNow(host.states[0]?.snapshot()))) as unknown;
    expect(stateOf(restored(kindOf(third), handedOn))).toEqual({ value: "bad", context: { count: 2 } });
  });

  it("is told what it missed before anything new once a build knows it again, over any number of starts", () => {
    let value = saved(kindOf(third));
    const story = new Story();
    for (const task of ["c", "d"]) {
      const host = restored(kindOf(first), value);
      host.hear(story.tell("task.attempt_failed", facts.attemptFailed(task)));
      value = JSON.parse(JSON.stringify(madeNow(host.states[0]?.snapshot())));
    }
    const host = restored(kindOf(third), value);
    expect(stateOf(host)?.context).toEqual({ count: 2 });
    host.hear(story.tell("task.attempt_failed", facts.attemptFailed("e")));
    expect(stateOf(host)?.context).toEqual({ count: 5 });
    const next = restored(kindOf(third), JSON.parse(JSON.stringify(madeNow(host.states[0]?.snapshot()))));
    next.hear(story.tell("task.attempt_failed", facts.attemptFailed("f")));
    expect(stateOf(next)?.context).toEqual({ count: 6 });
  });

  it("is told what waited for it in quarantine too, where a build that knows it not came in between", () => {
    const story = new Story();
    const failing: ActorKind = {
      ...kindOf(third),
      hears: (event) => {
        if (is(event, "task.attempt_failed") && event.data.taskId === "b") throw new Error("no");
        return event;
      },
    };
    const on = (kind: ActorKind, tasks: readonly string[], before?: readonly unknown[]) => {
      const host = hostOf(kind);
      for (const [index, state] of host.states.entries()) if (before !== undefined) state.restore(before[index]);
      if (before === undefined) host.hear(story.tell("agent.registered", facts.agent("coder")));
      for (const task of tasks) host.hear(story.tell("task.attempt_failed", facts.attemptFailed(task)));
      const written = host.states.map((state) => JSON.parse(JSON.stringify(madeNow(state.snapshot()))) as unknown);
      return { host, written };
    };
    const held = on(failing, ["a", "b", "c"]);
    expect(stateOf(held.host)?.context).toEqual({ count: 1 });
    const unknown = on(kindOf(first), ["d"], held.written);
    expect(stateOf(unknown.host)).toBeUndefined();
    expect(stateOf(on(kindOf(third), ["e"], unknown.written).host)?.context).toEqual({ count: 5 });
  });

  it("does not run again where it missed more than is kept", () => {
    const host = restored(kindOf(first), saved(kindOf(third)));
    const story = new Story();
    for (let n = 0; n <= 10_000; n++) host.hear(story.tell("task.attempt_failed", facts.attemptFailed("c")));
    const back = restored(kindOf(third), JSON.parse(JSON.stringify(madeNow(host.states[0]?.snapshot()))));
    expect(stateOf(back)).toBeUndefined();
    expect(back.unfit[0]?.reason).toBe("it missed 1 events more than are kept for who does not run");
  });

  it("refuses the start where the engine cannot be without it", () => {
    const permanent = (shape: Shape): ActorKind => ({ ...kindOf(shape), permanent: { id: "coder", input: undefined } });
    const value = saved(kindOf(third));
    expect(() => restored(permanent(first), value)).toThrow(
      expect.objectContaining({
        code: "checkpoint.unfit",
        message: expect.stringContaining("counter/coder: version 3") as string,
      }),
    );
  });
});

describe("an actor that has to be there and is new in this version", () => {
  it("begins anew, and is named, so that the whole journal is read where there is one", () => {
    const other: ActorKind = { ...kindOf(first), name: "other", permanent: { id: "main", input: undefined } };
    const bus = new EventBus({ clock: new VirtualClock(), entropy: new SeededEntropy(1), log: silentLog });
    const deps = { bus, clock: new VirtualClock(), hash: nodeHash, log: silentLog };
    const host = new ActorHost(deps, [kindOf(first), other], []);
    host.states[0]?.restore(saved(kindOf(first)));
    expect(host.unfit).toMatchObject([{ id: "other/main", reason: "it was not written down: it begins anew" }]);
    expect(host.snapshot("other/main")?.value).toBe("well");
    expect(stateOf(host)).toEqual({ value: "sick", context: { failures: 2 } });
  });
});

describe("the engine's own machines", () => {
  it("keep the definition under which their version was written down", async () => {
    const { runtime } = await FoldedEngine.open(eventful);
    const actors = runtime.bus.states.find(({ name }) => name === "actors");
    const { machines } = madeNow(actors?.snapshot()) as { machines: { id: string; version: string; hash: string }[] };
    const pinned = machines.map(({ id, version, hash }) => `${id} ${version} ${hash}`).sort();
    // Where this fails a machine has changed: raise its version, add the migration to src/machines/history.ts, and then -u.
    await expect(`${JSON.stringify(pinned, null, 2)}\n`).toMatchFileSnapshot(path.join(fixtures, "versions.json"));
  });

  it("take up what version 1 of each of them wrote down", async () => {
    const value: unknown = JSON.parse(await readFile(path.join(fixtures, "actors-1.json"), "utf8"));
    const { runtime } = await FoldedEngine.open(eventful);
    runtime.bus.states.find(({ name }) => name === "actors")?.restore(value);
    // What is new since then begins anew.
    expect(runtime.host.unfit.filter(({ id }) => runtime.host.snapshot(id) === undefined)).toEqual([]);
    const kinds = runtime.host.list().map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual(
      expect.arrayContaining(["agent", "approval", "breaker", "incident", "reactor", "remediation", "scheduler"]),
    );
  });

  it.each([
    ["begun", { value: "executing", begun: true, beganBefore: "old" }, { tries: 1, attempt: 2 }],
    ["not begun", { value: "executing", begun: false }, { tries: 0, attempt: 1 }],
  ])("count a step that version 1 of a run had %s as tried so often", async (_, { value, ...more }, expected) => {
    const saved = JSON.parse(await readFile(path.join(fixtures, "actors-1.json"), "utf8")) as {
      readonly actors: readonly { kind: string; name: string; value: unknown; context: object }[][];
    };
    const run = saved.actors.flat().find(({ kind }) => kind === "remediation");
    if (run === undefined) throw new Error("the fixture holds no run");
    expect(run.context).not.toHaveProperty("tries");
    Object.assign(run, { value, context: { ...run.context, ...more } });
    const { runtime } = await FoldedEngine.open(eventful);
    runtime.bus.states.find(({ name }) => name === "actors")?.restore(saved);
    const id = `remediation/${run.name}`;
    expect(runtime.host.snapshot(id)).toMatchObject({ value, context: { ...more, tries: expected.tries } });
    const { stage, snapshot } = runtime.host.resident(id) ?? {};
    if (stage === undefined || snapshot === undefined) throw new Error(`${id} does not run`);
    const started = heard("engine.started", { version: "2", node: "v0", pid: 1, previous: "crashed" });
    expect(stage.step(snapshot, started).outputs).toMatchObject([
      { type: "effect", params: { step: 0, attempt: expected.attempt } },
    ]);
  });
});

describe("what the folds write down", () => {
  it("has the shape under which their versions were written down", async () => {
    const { events } = await eventfulLife();
    const { runtime } = (await FoldedEngine.open(eventful)).hear(events);
    const shapes = runtime.bus.states.flatMap((state) => {
      const written = JSON.parse(JSON.stringify(madeNow(state.snapshot()))) as unknown;
      return [`${state.name} ${state.version}`, ...shapeOf(written).map((line) => `  ${line}`)];
    });
    // Where this fails a fold writes something else down. Can it still read what it wrote before, and does a test say
    // so: -u. Otherwise raise its `version` as well: what was written before is then read from the journal again.
    await expect(`${shapes.join("\n")}\n`).toMatchFileSnapshot(path.join(fixtures, "shapes.txt"));
  });

  it("is noticed where a member is added, taken away, renamed, or is of another type", () => {
    const shape = shapeOf({
      rows: [
        { id: "a", at: 1 },
        { id: "b", at: 2, why: null },
      ],
    });
    expect(shape).toEqual(["rows[].at: number", "rows[].id: text", "rows[].why: null or absent"]);
    for (const other of [
      {
        rows: [
          { id: "a", at: 1, why: null, more: 1 },
          { id: "b", at: 2 },
        ],
      },
      { rows: [{ id: "a", at: 1 }] },
      {
        rows: [
          { id: "a", since: 1 },
          { id: "b", since: 2, why: null },
        ],
      },
      {
        rows: [
          { id: "a", at: "1" },
          { id: "b", at: "2", why: null },
        ],
      },
    ])
      expect(shapeOf(other)).not.toEqual(shape);
  });
});
