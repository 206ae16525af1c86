import { describe, expect, it } from "vitest";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import type { Log, LogFields } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { SealedBytes, sealWith } from "../../../src/runtime/checkpoints/format.ts";
import { eventful, eventfulLife } from "../../support/eventful-life.ts";
import { DATA_DIR, VirtualEngine, type VirtualOptions, type World } from "../../support/virtual-engine.ts";

const CHECKPOINTS = `${DATA_DIR}/checkpoints`;

/** What an engine said about how it began. */
class Listener {
  readonly warnings: string[] = [];
  began: LogFields | undefined;
  readonly log: Log = {
    ...silentLog,
    debug: (message, fields) => {
      if (message === "the journal was read") this.began = fields;
    },
    warn: (message, fields) => void this.warnings.push(`${message}: ${JSON.stringify(fields)}`),
    with: () => silentLog,
  };
}

const names = async ({ files }: World) => [...(await files.list(CHECKPOINTS))].sort();

/** Ends it cleanly; what still runs gets the time it may take. */
async function stopped(engine: VirtualEngine): Promise<void> {
  const stopping = engine.stop();
  await engine.pass(60_000);
  await stopping;
}

/** Starts again and says from where. */
async function again(engine: VirtualEngine, how: Parameters<VirtualEngine["reopened"]>[0] = {}) {
  const listener = new Listener();
  const next = await engine.reopened({ ...how, options: { ...eventful, ...how.options, log: listener.log } });
  return { engine: next, warnings: listener.warnings, began: listener.began };
}

/** What people see; times of starts aside, which differ from engine to engine. */
function answers({ runtime: { views, host, score } }: VirtualEngine): unknown {
  return JSON.parse(
    JSON.stringify({
      tasks: views.tasks.list(),
      agents: views.agents.list(),
      runs: views.runs.list(),
      approvals: views.approvals.list(),
      incidents: views.incidents.list(),
      letters: views.deadLetters.list(),
      lessons: views.lessons.list(),
      score: score.history().map(({ score: value }) => value),
      states: host.list().map(({ id }) => [id, host.snapshot(id)?.value as unknown]),
      deadlines: host.deadlines(),
    }),
  );
}

async function spoil(world: World, name: string, change: (text: string) => string): Promise<void> {
  const path = `${CHECKPOINTS}/${name}`;
  await world.files.write(path, change((await world.files.readText(path)) ?? ""));
}

/** Writes a checkpoint anew as another version of the engine would have written it. */
async function remake(world: World, sequence: number, change: (text: string) => string): Promise<void> {
  const path = `${CHECKPOINTS}/checkpoint-${sequence}.jsonl`;
  const body = ((await world.files.readText(path)) ?? "").replace(/\n\{"seal":.*\n$/, "");
  const bytes = new SealedBytes(sealWith(nodeHash, undefined));
  bytes.add(change(body));
  await world.files.write(path, bytes.end());
}

/** The machine of agents as a later version of the engine would have it. */
const renamed = (text: string) => text.replace('"id":"agent","version":"1"', '"id":"agent","version":"9"');

/** And as this version has it again. */
const known = (text: string) => text.replaceAll('"id":"agent","version":"9"', '"id":"agent","version":"1"');

/** A checkpoint of a version that had no such fold yet. */
const withoutFold = (name: string) => (text: string) =>
  text
    .split(/\n(?=\{"fold":)/)
    .filter((fold) => !fold.startsWith(`{"fold":"${name}",`))
    .join("\n");

/** A checkpoint of a version in which this fold remembered another thing. */
const otherVersion = (name: string) => (text: string) =>
  text.replace(new RegExp(`(\\{"fold":"${name}","version":)\\d+`), "$199");

/** A checkpoint of the version in which all dead letters were tasks'. */
const firstDeadLetters = (text: string) =>
  text.replace(/\{"fold":"dead-letters".*/, (fold) =>
    fold.replace('"version":2', '"version":1').replaceAll('"kind":"task",', ""),
  );

/** What one fold of an engine remembers. */
function remembered({ runtime }: VirtualEngine, name: string): unknown {
  return madeNow(runtime.bus.states.find((state) => state.name === name)?.snapshot());
}

/** Two checkpoints of one life, the older a hundred events back. */
async function twice(options: VirtualOptions = {}) {
  let engine = await eventfulLife();
  await stopped(engine);
  engine = (await again(engine, { options })).engine;
  await engine.submit({ agent: "coder", input: "between" });
  await stopped(engine);
  const [older, newer] = (await names(engine.world)).map((name) => Number(/\d+/.exec(name)?.[0]));
  if (older === undefined || newer === undefined) throw new Error("there are no two checkpoints");
  return { engine, older, newer, file: (sequence: number) => `checkpoint-${sequence}.jsonl` };
}

describe("an engine that begins from a checkpoint", () => {
  it("reads only what came after it, and stands where it would after the whole journal", async () => {
    const life = await eventfulLife();
    await stopped(life);
    const last = life.events.length;
    const killedAtMs = life.clock.now();
    const resumed = await again(life);
    expect(resumed.began).toEqual({ checkpoint: last, replayed: 0 });
    expect(resumed.warnings).toEqual([]);
    const seen = answers(resumed.engine);
    for (const name of await names(life.world)) await life.world.files.remove(`${CHECKPOINTS}/${name}`);
    const whole = await again(resumed.engine, { after: last, downMs: killedAtMs - (life.events.at(-1)?.at ?? 0) });
    expect(whole.began).toEqual({ checkpoint: "none", replayed: last });
    expect(answers(whole.engine)).toEqual(seen);
  });

  it("keeps its deadlines: a cooldown that began before the stop ends when it would have, once", async () => {
    const engine = await VirtualEngine.open(eventful);
    const coder = await engine.agent("coder", { policy: { cooldownMs: 10_000 } });
    await engine.submit({ agent: "coder", retries: 0 });
    coder.last.fail("broken");
    await engine.pass(4_000);
    await engine.stop();
    const { engine: next, began } = await again(engine, { downMs: 3_000 });
    expect(began).toMatchObject({ replayed: 0 });
    await next.pass(2_999);
    expect(next.stateOf("coder")).toBe("blocked");
    await next.pass(1);
    expect(next.stateOf("coder")).toBe("idle");
    await next.pass(60_000);
    const cooled = next.told("deadline.fired").filter(({ data }) => data.name === "cooldown");
    expect(cooled).toHaveLength(1);
  });

  it("takes one after so many events while it runs, and keeps the newest two", async () => {
    const engine = await VirtualEngine.open({ ...eventful, config: { journal: { checkpoint: { events: 20 } } } });
    const coder = await engine.agent("coder");
    coder.automatic = (call) => call.done();
    for (let n = 0; n < 20; n++) await engine.submit({ agent: "coder", input: n });
    const kept = await names(engine.world);
    expect(kept).toHaveLength(2);
    const resumed = await again(engine, { downMs: 1_000 });
    expect(resumed.began?.["replayed"]).toBeLessThan(40);
    expect(resumed.warnings).toEqual([]);
    expect(resumed.engine.runtime.views.tasks.counts().succeeded).toBe(20);
  });

  it("takes one after some time where enough has happened, and none where nothing has", async () => {
    const config = { journal: { checkpoint: { everyMs: 60_000, atLeast: 5 } } };
    const engine = await VirtualEngine.open({ ...eventful, config });
    const coder = await engine.agent("coder");
    coder.automatic = (call) => call.done();
    await engine.submit({ agent: "coder" });
    await engine.pass(60_000);
    await engine.pass(1);
    const first = await names(engine.world);
    expect(first).toHaveLength(1);
    await engine.pass(600_000);
    expect(await names(engine.world)).toEqual(first);
  });

  it("gives the same receipt for a key that was used before the checkpoint", async () => {
    const engine = await VirtualEngine.open(eventful);
    await engine.agent("coder");
    const id = await engine.submit({ agent: "coder", idempotencyKey: "once" });
    await stopped(engine);
    const resumed = await again(engine);
    expect(resumed.began).toMatchObject({ replayed: 0 });
    expect(await resumed.engine.submit({ agent: "coder", idempotencyKey: "once" })).toBe(id);
    expect(resumed.engine.runtime.views.tasks.list()).toHaveLength(1);
  });
});

describe("a checkpoint that cannot be used", () => {
  it("that is damaged gives way to the one before, and stays there to be looked at", async () => {
    const { engine, older, newer, file } = await twice();
    await spoil(engine.world, file(newer), (text) => text.replace('"between"', '"betwixt"'));
    const resumed = await again(engine);
    expect(resumed.began).toMatchObject({ checkpoint: older });
    expect(resumed.warnings).toEqual([expect.stringMatching(new RegExp(`checkpoint-${newer}.*do not fit its seal`))]);
    expect(await names(engine.world)).toContain(`${file(newer)}.unused`);
    expect(resumed.engine.runtime.views.tasks.list()[0]).toMatchObject({ input: "between" });
  });

  it.each([
    ["cut short", (text: string) => text.slice(0, -100), /its end is missing/],
    ["empty", () => "", /does not begin like a checkpoint/],
    ["of a newer format", (text: string) => text.replace('{"checkpoint":2', '{"checkpoint":3'), /it has format 3/],
  ])("that is %s gives way too; without another one the whole journal is read", async (_, change, why) => {
    const { engine, older, newer, file } = await twice();
    for (const sequence of [older, newer]) await spoil(engine.world, file(sequence), change);
    const last = engine.events.length;
    const resumed = await again(engine);
    expect(resumed.began).toEqual({ checkpoint: "none", replayed: last });
    expect(resumed.warnings).toHaveLength(2);
    for (const warning of resumed.warnings) expect(warning).toMatch(why);
  });

  it("that is newer than the journal gives way to one that is not", async () => {
    const { engine, older, newer } = await twice();
    const resumed = await again(engine, { after: newer - 1 });
    expect(resumed.began).toEqual({ checkpoint: older, replayed: newer - 1 - older });
    expect(resumed.warnings).toEqual([expect.stringContaining("the journal ends before it")]);
  });

  it("that belongs to another journal gives way to the whole of this one", async () => {
    const { engine } = await twice();
    const other = await VirtualEngine.open({ ...eventful });
    await other.agent("coder");
    for (let n = 0; n < 100; n++) await other.submit({ agent: "coder", input: n });
    for (const name of await names(engine.world)) {
      const bytes = await engine.world.files.read(`${CHECKPOINTS}/${name}`);
      await other.world.files.write(`${CHECKPOINTS}/${name}`, bytes ?? "");
    }
    const resumed = await again(other);
    expect(resumed.began).toMatchObject({ checkpoint: "none" });
    expect(resumed.warnings).toHaveLength(2);
  });

  it("that was sealed with another key gives way", async () => {
    const { engine } = await twice();
    const resumed = await again(engine, { options: { config: { journal: { key: "another key of 16 or more" } } } });
    expect(resumed.began).toMatchObject({ checkpoint: "none" });
    expect(resumed.warnings).toEqual([
      expect.stringContaining("the key is another"),
      expect.stringContaining("the key is another"),
    ]);
  });

  it("is the end where the journal no longer reaches back, with a word on what to do", async () => {
    const { engine, older, newer, file } = await twice();
    const resumed = await again(engine, { options: { releasedUpTo: older } });
    expect(resumed.began).toMatchObject({ checkpoint: newer });
    await stopped(resumed.engine);
    for (const name of await names(engine.world)) await spoil(engine.world, name, (text) => text.slice(0, -1));
    await expect(again(resumed.engine, { options: { releasedUpTo: older } })).rejects.toThrow(
      expect.objectContaining({
        code: "checkpoint.missing",
        message: expect.stringMatching(new RegExp(`given up; .*${file(newer)}: its end is missing`)) as string,
      }),
    );
  });

  it("that holds an actor of another version gives way to the whole journal, which has what it needs", async () => {
    const { engine, newer, older } = await twice();
    for (const sequence of [older, newer]) await remake(engine.world, sequence, renamed);
    const resumed = await again(engine);
    expect(resumed.began).toMatchObject({ checkpoint: "none" });
    expect(resumed.warnings[0]).toMatch(
      /agent\/coder: version 9 of its machine is not known here, which has version 1/,
    );
    expect(resumed.engine.stateOf("coder")).not.toBe("");
    expect(resumed.engine.told("actor.quarantined")).toEqual([]);
  });

  it("that holds such an actor is used where the journal is not whole: the actor does not run, and a person is told", async () => {
    const { engine, newer, older } = await twice();
    for (const sequence of [older, newer]) await remake(engine.world, sequence, renamed);
    const resumed = await again(engine, { options: { releasedUpTo: older } });
    expect(resumed.began).toMatchObject({ checkpoint: newer });
    const { host, views } = resumed.engine.runtime;
    expect(host.snapshot("agent/coder")).toBeUndefined();
    expect(resumed.engine.told("actor.quarantined")).toMatchObject([
      { data: { actor: "agent/coder", machine: "agent 9", reason: expect.stringContaining("version 9") as string } },
      { data: { actor: "agent/other" } },
    ]);
    expect(views.incidents.list()[0]).toMatchObject({ state: "open", needsPerson: true });
    await stopped(resumed.engine);
    const last = resumed.engine.events.length;
    const third = await again(resumed.engine, { options: { releasedUpTo: older } });
    expect(third.began).toMatchObject({ checkpoint: last });
    expect(third.engine.told("actor.quarantined")).toHaveLength(2);
  });

  it("that holds such an actor hands it on with what it missed: the version that knows it goes on where it should stand", async () => {
    const engine = await VirtualEngine.open(eventful);
    const coder = await engine.agent("coder", { policy: { cooldownMs: 10_000 } });
    await engine.submit({ agent: "coder", retries: 0 });
    coder.last.fail("broken");
    await stopped(engine);
    const [first = 0] = (await names(engine.world)).map((name) => Number(/\d+/.exec(name)?.[0]));
    await remake(engine.world, first, renamed);
    const other = await again(engine, { options: { releasedUpTo: first - 1 } });
    await other.engine.pass(20_000);
    expect(other.engine.told("deadline.fired")).toMatchObject([{ data: { actor: "agent/coder", name: "cooldown" } }]);
    await stopped(other.engine);
    const [newest = 0] = (await names(engine.world)).map((name) => Number(/\d+/.exec(name)?.[0])).sort((a, b) => b - a);
    await remake(other.engine.world, newest, known);
    const back = await again(other.engine, { options: { releasedUpTo: first - 1 } });
    expect(back.began).toMatchObject({ checkpoint: newest });
    expect(back.engine.stateOf("coder")).toBe("idle");
    expect(back.engine.runtime.host.deadlines().filter(({ actor }) => actor === "agent/coder")).toEqual([]);
  });

  it("that knows nothing of what a later version remembers gives way to the whole journal, or is used without that", async () => {
    const { engine, newer, older } = await twice();
    const [after, downMs] = [engine.events.length, 1_000];
    const usual = await again(engine, { after, downMs });
    const seen = { answers: answers(usual.engine), knowledge: remembered(usual.engine, "knowledge") };
    for (const sequence of [older, newer]) await remake(engine.world, sequence, withoutFold("knowledge"));
    const cut = await again(engine, { after, downMs, options: { releasedUpTo: older } });
    expect(cut.began).toMatchObject({ checkpoint: newer });
    expect(cut.warnings.at(-1)).toMatch(/is used all the same.*"readFromWhatIsHeld":\["knowledge"\]/);
    // In this world everything is held that it is read from, so that nothing of it is missing.
    expect({ answers: answers(cut.engine), knowledge: remembered(cut.engine, "knowledge") }).toEqual(seen);
    const whole = await again(engine, { after, downMs });
    expect(whole.began).toEqual({ checkpoint: "none", replayed: after });
    expect(whole.warnings[0]).toMatch(/it holds nothing of \\"knowledge\\"/);
    expect({ answers: answers(whole.engine), knowledge: remembered(whole.engine, "knowledge") }).toEqual(seen);
  });

  it("of a version that remembered a thing otherwise gives way to the whole journal, or is used without what is only shown", async () => {
    const { engine, newer, older } = await twice();
    const [after, downMs] = [engine.events.length, 1_000];
    const usual = await again(engine, { after, downMs });
    const seen = answers(usual.engine);
    for (const sequence of [older, newer]) await remake(engine.world, sequence, otherVersion("recent-events"));
    const cut = await again(engine, { after, downMs, options: { releasedUpTo: older } });
    expect(cut.began).toMatchObject({ checkpoint: newer });
    expect(cut.warnings.at(-1)).toMatch(/is used all the same.*"readFromWhatIsHeld":\["recent-events"\]/);
    expect(answers(cut.engine)).toEqual(seen);
    const whole = await again(engine, { after, downMs });
    expect(whole.began).toEqual({ checkpoint: "none", replayed: after });
    expect(whole.warnings[0]).toMatch(/it holds version 99 of \\"recent-events\\", and this engine reads version 1/);
    expect(answers(whole.engine)).toEqual(seen);
  });

  it.each(["deadlines", "notifications"])(
    "that remembers otherwise what promises hang on is no way round a journal that is not whole: %s",
    async (name) => {
      const { engine, newer, older } = await twice();
      for (const sequence of [older, newer]) await remake(engine.world, sequence, otherVersion(name));
      await expect(again(engine, { options: { releasedUpTo: older } })).rejects.toThrow(
        expect.objectContaining({
          code: "checkpoint.missing",
          message: expect.stringContaining(
            `it holds version 99 of "${name}", and this engine reads version 1`,
          ) as string,
        }),
      );
      expect(await names(engine.world)).toHaveLength(2);
      expect((await again(engine)).began).toMatchObject({ checkpoint: "none" });
    },
  );

  it("of a version whose memory can be read still is used as if this one had written it", async () => {
    const { engine, newer, older } = await twice();
    const [after, downMs] = [engine.events.length, 1_000];
    const usual = await again(engine, { after, downMs });
    for (const sequence of [older, newer]) await remake(engine.world, sequence, firstDeadLetters);
    const upgraded = await again(engine, { after, downMs, options: { releasedUpTo: older } });
    expect(upgraded.began).toMatchObject({ checkpoint: newer });
    expect(upgraded.warnings).toEqual([]);
    const letters = upgraded.engine.runtime.views.deadLetters.list();
    expect(letters).toEqual(usual.engine.runtime.views.deadLetters.list());
    expect(letters).not.toEqual([]);
  });

  it("is never half written over: a disk that takes nothing costs the next start time and nothing else", async () => {
    const engine = await VirtualEngine.open(eventful);
    await engine.agent("coder");
    const listener = new Listener();
    const write = engine.world.files.write.bind(engine.world.files);
    engine.world.files.write = async (path, content, options) => {
      if (path.startsWith(CHECKPOINTS)) throw new Error("the disk is full");
      await write(path, content, options);
    };
    await stopped(engine);
    const resumed = await again(engine, { options: { log: listener.log } });
    expect(resumed.began).toEqual({ checkpoint: "none", replayed: engine.events.length });
    expect(resumed.engine.stateOf("coder")).toBe("idle");
  });
});
