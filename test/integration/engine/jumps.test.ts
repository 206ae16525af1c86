import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listFiles, repositoryRoot } from "../../architecture/source-file.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const MINUTE_MS = 60_000;
const LIVED_MS = 20 * MINUTE_MS;
const APPROVAL_MS = 10 * MINUTE_MS;
const TIMEOUT_MS = 5 * MINUTE_MS;

/** Whatever waits inside the engine, and what below shows that it woke at its time. */
const usersOfTime: Readonly<Record<string, string>> = {
  "src/kernel/clock.ts": "the pause that the others are made of",
  "src/events/rx-clock.ts": "score.updated: RxJS windows move on ticks",
  "src/actors/deadlines.ts": "deadline.fired: cooldowns, time limits, backoff, approvals",
  "src/actors/score.ts": "score.updated",
  "src/actors/sensors.ts": "resource.high, resource.normal",
  "src/actors/recollection.ts": "playbook.absence",
  "src/actors/remediation.ts": "run.probed",
  "src/runtime/lifecycle.ts": "reactor.paused by the kill switch",
  "src/runtime/checkpoints/checkpointer.ts": "a checkpoint on the disk: it asks for the time every ten minutes",
  "src/actors/dispatcher.ts": "task.started after a backoff",
  "src/agents/function.ts": "the grace of a function that is told to stop",
};
/**
 * These wait only for what is not in this world: a journal that refuses or is flooded, a service, a program, a watcher, a
 * memory server, an embedder, an actor that failed, a copy of a task, an effect without an end, a clock that somebody sets, playbooks that somebody changes, watched places of the machine, the
 * memory's daily care.
 */
const elsewhere = [
  "src/actions/",
  "src/actors/in-order.ts",
  "src/actors/clock-watch.ts",
  "src/actors/effects.ts",
  "src/actors/insist.ts",
  "src/actors/inspection.ts",
  "src/actors/keep.ts",
  "src/actors/memory-care.ts",
  "src/actors/outbox.ts",
  "src/actors/shadows.ts",
  "src/actors/watches/",
  "src/agents/http/",
  "src/agents/process/",
  "src/events/overflow.ts",
  "src/events/rests.ts",
  "src/memory/embedders/",
  "src/memory/meaning/",
  "src/memory/server/",
  "src/runtime/doors/evolution-door.ts",
  "src/runtime/rule-keeper.ts",
];
const outside = [
  "src/cli/",
  "src/http/",
  "src/platform/",
  "src/simulation/",
  "src/cluster/",
  // Turns a clock of its own over a recorded journal.
  "src/runtime/backtest/",
];

/** An engine in which everything waits for something, lived through in steps of `stepMs`. */
async function lived(stepMs: number): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({
    playbooks: [
      mending(),
      mending({ id: "asks", trigger: { event_type: "resource.high" }, tests: [] }),
      mending({ id: "waits", trigger: { absent: { event_type: "build.fine", for: "7m" } }, tests: [] }),
    ],
    config: {
      sensors: { enabled: true },
      reactor: { approvalMs: APPROVAL_MS },
      tasks: { timeoutMs: TIMEOUT_MS },
      journal: { checkpoint: { everyMs: 10 * MINUTE_MS, atLeast: 5 } },
    },
  });
  const { world } = engine;
  await world.files.write(CONFIG_FILE, "old");
  healthOf(world, 500, 200);
  world.vitals = { cpu: 95, memory: 20 };
  const failing = await engine.agent("failing");
  failing.automatic = (call) => call.fail(`connect ECONNREFUSED 10.0.0.1:${call.attempt}`);
  await engine.agent("hanging");
  const working = await engine.agent("working");
  working.automatic = (call) => call.done();
  await engine.submit({ agent: "failing", retries: 4 });
  await engine.submit({ agent: "hanging", retries: 0 });
  for (let n = 0; n < 6; n++) await engine.submit({ agent: "working" });
  await engine.publish({ type: "build.broken", data: {} });
  const stop = engine.clock.now() + LIVED_MS;
  engine.clock.at(stop - 8 * MINUTE_MS, () => {
    world.vitals = { cpu: 5, memory: 20 };
  });
  engine.clock.at(stop - 2 * MINUTE_MS, () => void world.files.write("/data/PAUSE", ""));
  for (let left = LIVED_MS; left > 0; left -= stepMs) await engine.pass(Math.min(stepMs, left));
  return engine;
}

describe("a jump of time", () => {
  it("fires every timer in between at its own time: the journal is that of small steps", {
    timeout: 120_000,
  }, async () => {
    const [jump, steps] = [await lived(LIVED_MS), await lived(1_000)];
    expect(jump.events.map(({ time, type }) => `${time} ${type}`)).toEqual(
      steps.events.map(({ time, type }) => `${time} ${type}`),
    );
    expect(jump.events).toEqual(steps.events);
  });

  it("wakes each user of time when it asked to be woken, none earlier or later", async () => {
    const engine = await lived(LIVED_MS);
    const times = engine.events.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const fired = engine.told("deadline.fired");
    expect(fired.length).toBeGreaterThan(5);
    for (const { at, data } of fired) expect(at, `${data.actor} ${data.name}`).toBe(data.dueAtMs);
    for (const { at, data } of engine.told("task.attempt_failed")) {
      if (data.retryAtMs === undefined) continue;
      const next = engine
        .told("task.decided")
        .find((decided) => decided.at > at && decided.data.taskId === data.taskId);
      expect(next?.at).toBeGreaterThanOrEqual(data.retryAtMs);
    }
    const [hung] = engine.told("task.attempt_failed").filter(({ data }) => data.reason === "timeout");
    expect(hung?.data.durationMs).toBe(TIMEOUT_MS);
    const [asked] = engine.told("approval.requested");
    const [expired] = engine.told("approval.decided");
    expect([expired?.data.decision, (expired?.at ?? 0) - (asked?.at ?? 0)]).toEqual(["expired", APPROVAL_MS]);
    for (const type of [
      "score.updated",
      "resource.high",
      "resource.normal",
      "run.probed",
      "reactor.paused",
      "playbook.absence",
    ] as const)
      expect(engine.told(type).length, type).toBeGreaterThan(0);
    expect(await engine.world.files.list("/data/checkpoints")).toContainEqual(expect.stringMatching(/^checkpoint-/));
  });

  it("is known to every part of the engine that waits", () => {
    const waits = /\b(clock|on)\.at\(|\bpause\(|\bticks\(/;
    const waiting = listFiles("src")
      .filter((file) => file.endsWith(".ts") && !outside.some((folder) => file.startsWith(folder)))
      .filter((file) => waits.test(readFileSync(path.join(repositoryRoot, file), "utf8")));
    const unknown = waiting.filter(
      (file) => usersOfTime[file] === undefined && !elsewhere.some((start) => file.startsWith(start)),
    );
    expect(waiting.length).toBeGreaterThan(0);
    expect(unknown).toEqual([]);
  });
});
