import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/actions/index.ts";
import { configure } from "../../../src/config/configure.ts";
import type { ConfigInput } from "../../../src/config.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { type AnyEvent, decode, encode, is } from "../../../src/events/envelope.ts";
import { targetKey } from "../../../src/kernel/target.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { type Recorded, runBacktest } from "../../../src/runtime/backtest/run.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

type Limits = NonNullable<ConfigInput["reactor"]>["limits"];

/** As a file gives them back. */
const stored = (events: readonly AnyEvent[]) => events.flatMap((event) => decode(encode(event, event.sequence)) ?? []);

const pairsOf = (past: readonly AnyEvent[]) =>
  past.flatMap((_, index) => (index % 2 === 0 ? [past.slice(index, index + 2)] : []));

/** Two at once, and of what is not asked for nothing but where it stands. */
const recorded = (past: readonly AnyEvent[]): Recorded => ({
  async *sift(types) {
    for (const group of pairsOf(past))
      yield group.map((event) =>
        types.has(event.type) ? event : { type: event.type, sequence: event.sequence, at: event.at },
      );
  },
  async *again() {
    yield* pairsOf(past);
  },
});

async function backtest(events: readonly AnyEvent[], playbooks: readonly object[], limits: Limits = {}) {
  const files = playbooks.map((document, index) => ({ file: `${index}.json`, text: JSON.stringify(document) }));
  const rules = compileRules(files, { catalogue, hash: nodeHash });
  expect(rules.refused).toEqual([]);
  const { config } = configure({ env: {}, file: { path: "the test's", content: { reactor: { limits } } } });
  const past = stored(events);
  return runBacktest(recorded(past), rules, {
    hash: nodeHash,
    entropy: new SeededEntropy(7),
    settings: { ...config.reactor, limits: config.reactor.limits },
  });
}

/** What the journal says was decided, read by nothing of the product but the events' types. */
function decisionsIn(events: readonly AnyEvent[]): readonly string[] {
  const begun = new Set<string>();
  const lines: [number, string][] = [];
  for (const event of events) {
    if (is(event, "playbook.matched")) {
      begun.add(event.data.runId);
      const { trigger, playbookId, target, planHash } = event.data;
      lines.push([trigger.sequence, `${trigger.sequence} ${playbookId} ${targetKey(target)} run ${planHash}`]);
    }
    if (is(event, "playbook.suppressed")) {
      const { trigger, playbookId, target, reason } = event.data;
      lines.push([trigger.sequence, `${trigger.sequence} ${playbookId} ${targetKey(target)} suppressed ${reason}`]);
    }
    if (is(event, "playbook.settled") && event.data.outcome === "refused" && !begun.has(event.data.runId)) {
      const { trigger, playbookId, target, reason } = event.data;
      lines.push([trigger.sequence, `${trigger.sequence} ${playbookId} ${targetKey(target)} refused ${reason}`]);
    }
  }
  return lines.map(([, line]) => line).sort();
}

const decisionsOf = ({ decisions }: Awaited<ReturnType<typeof backtest>>) =>
  decisions
    .filter(({ cutOff }) => cutOff !== true)
    .flatMap(({ event, playbookId, target, replayed: now }) =>
      now === undefined
        ? []
        : [`${event.sequence} ${playbookId} ${target} ${now.kind} ${now.reason ?? now.plan ?? ""}`],
    )
    .sort();

const elsewhere = [{ event: { type: "build.other" }, expect: "no_match" }];
const on = (id: string, eventType: string, more: object = {}) =>
  mending({
    id,
    trigger: { event_type: eventType, ...more },
    target: { kind: "file", id: `/srv/${id}` },
    tests: elsewhere,
  });

/** One playbook for each thing that a decision may depend on. */
const manifold: readonly object[] = [
  mending({ cooldownMs: 40_000 }),
  {
    ...on("often", "build.broken", { conditions: { count: "build.broken", over: "2m", gte: 3 } }),
    cooldownMs: 20_000,
    next: "firmer",
  },
  { ...on("firmer", "build.never"), cooldownMs: 0, target: { kind: "file", id: "/srv/often" } },
  on("rare", "build.slow", { conditions: { absent: "build.broken", for: "1m" } }),
  on("changed", "build.level", { conditions: { path: "event.data.level", changed: true } }),
  on("hours", "build.level", { conditions: { path: "clock.minute", between: [0, 20] } }),
  {
    ...mending({ id: "silent" }),
    trigger: { absent: { event_type: "build.slow", for: "3m" } },
    target: { kind: "host", id: "local" },
    tests: elsewhere,
  },
  { ...on("about", "build.about"), target: { kind: "agent", id: { $ref: "event.data.agentId" } }, cooldownMs: 0 },
  { ...on("second", "build.broken"), target: { kind: "file", id: CONFIG_FILE }, cooldownMs: 0 },
];

const limits: Limits = { targetPerHour: 6, targetPerDay: 20, playbookPerHour: 8, allPerHour: 30, stormPerMinute: 25 };

const group = { group: "pool" } as const;

/** A life in which everything happens that a decision depends on, drawn by a seed. */
async function lived(seed: number, playbooks = manifold): Promise<readonly AnyEvent[]> {
  const chance = new SeededEntropy(seed);
  const options: VirtualOptions = { playbooks, config: { reactor: { limits } } };
  let engine = await VirtualEngine.open(options);
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  for (const id of ["a", "b", "c", "d", "e"]) await engine.agent(id, group);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(chance.random() * of.length)] as T;
  const event = () =>
    pick([
      { type: "build.broken", data: {} },
      { type: "build.slow", data: {} },
      { type: "build.level", data: { level: Math.floor(3 * chance.random()) }, subject: pick(["one", "two"]) },
      { type: "build.about", data: { agentId: pick(["a", "b", "c", "d", "e", "nobody"]) } },
    ]);
  for (let turn = 0; turn < 120; turn++) {
    const what = chance.random();
    if (what < 0.55) await engine.publish(event());
    else if (what < 0.7) {
      // At once, so that decisions wait for each other while more happens.
      await Promise.all(
        Array.from({ length: 2 + Math.floor(5 * chance.random()) }, () => engine.runtime.bus.publish(event())),
      );
      await engine.pass(0);
    } else if (what < 0.75) healthOf(engine.world, pick([200, 503]));
    else if (what < 0.79)
      await engine.publish({
        type: pick(["playbook.enabled", "playbook.disabled"] as const),
        data: { playbookId: pick(["mend", "often", "second"]), by: "me" },
      });
    else if (what < 0.81) await engine.world.files.write("/data/PAUSE", "");
    else if (what < 0.84) await engine.world.files.remove("/data/PAUSE");
    else if (what < 0.86) engine = await restarted(engine, options, chance.random() < 0.5);
    await engine.pass(Math.floor(60_000 * chance.random() ** 3));
  }
  await engine.stop();
  return engine.events;
}

async function restarted(engine: VirtualEngine, options: VirtualOptions, cleanly: boolean): Promise<VirtualEngine> {
  if (cleanly) await engine.stop();
  const next = await engine.reopened({ downMs: 5_000, options });
  for (const id of ["a", "b", "c", "d", "e"]) await next.agent(id, group).catch(() => undefined);
  return next;
}

describe("a backtest", () => {
  it.each([5, 6, 7])("makes every decision again that a live engine made, life %i", async (seed) => {
    const events = await lived(seed);
    const report = await backtest(events, manifold, limits);
    expect(decisionsOf(report)).toEqual(decisionsIn(events));
    expect(report.same).toBe(true);
  });

  it("says what a shorter rest would have let begin, and counts a run that did not happen as unverified", async () => {
    const engine = await rested(0, 30_000, 15_000, 10_000);
    const report = await backtest(engine.events, [mending({ cooldownMs: 10_000 })]);
    expect(report.decisions.map(({ recorded, replayed }) => [wordOf(recorded), wordOf(replayed)])).toEqual([
      ["run", "run"],
      ["cooldown", "run"],
      // The second would have been over after two seconds, and rests twice as long as one that was a fix.
      ["cooldown", "cooldown"],
      ["cooldown", "run"],
    ]);
    expect(report.same).toBe(false);
    expect(report.playbooks).toMatchObject([
      { id: "mend", standing: "changed", recorded: { run: 1 }, replayed: { run: 3 } },
    ]);
    expect(report.assumptions.join("\n")).toContain("counts as unverified");
  });

  it("says what nobody would have done without the playbook", async () => {
    const engine = await rested(0);
    const report = await backtest(engine.events, []);
    expect(report.decisions.map(({ recorded, replayed }) => [wordOf(recorded), replayed])).toEqual([
      ["run", undefined],
    ]);
    expect(report.playbooks).toMatchObject([{ id: "mend", standing: "missing" }]);
  });

  it("tells a new playbook of what stayed away then", async () => {
    const engine = await rested(0, 200_000);
    const absent = { absent: { event_type: "build.broken", for: "1m" } };
    const patient = {
      ...mending({ id: "patient" }),
      trigger: absent,
      target: { kind: "host", id: "local" },
      tests: elsewhere,
    };
    const report = await backtest(engine.events, [mending({ cooldownMs: 60_000 }), patient]);
    const firstAtMs = engine.events.find(({ type }) => type === "build.broken")?.at ?? 0;
    expect(report.decisions.filter(({ playbookId }) => playbookId === "patient")).toMatchObject([
      { event: { type: "playbook.absence", atMs: firstAtMs + 60_000 }, replayed: { kind: "run" } },
    ]);
  });

  it("does not guess what an engine would have answered that was killed", async () => {
    const engine = await VirtualEngine.open({ playbooks: [mending()] });
    engine.delay("playbook.matched");
    await engine.publish({ type: "build.broken", data: {} });
    await engine.kill();
    const report = await backtest(engine.events, [mending()]);
    expect(report.decisions).toMatchObject([{ playbookId: "mend", cutOff: true }]);
    expect(report.decisions[0]?.recorded).toBeUndefined();
    expect(report.same).toBe(true);
  });
});

const wordOf = (verdict: { readonly kind: string; readonly reason?: string } | undefined) =>
  verdict?.reason ?? verdict?.kind;

/** The fault comes back after each of these times, and its remedy rests a minute after each run. */
async function rested(...afterMs: readonly number[]): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [mending({ cooldownMs: 60_000 })] });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  for (const ms of afterMs) {
    await engine.pass(ms);
    await engine.publish({ type: "build.broken", data: {} });
  }
  await engine.pass(5_000);
  await engine.stop();
  return engine;
}
