import { describe, expect, it } from "vitest";
import { OutcomeTrend } from "../../../src/domain/trend.ts";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import type { Log, LogFields } from "../../../src/kernel/log.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { ImprovementContext } from "../../../src/machines/improvement-context.ts";
import { FIRST_MOMENT_MS } from "../../../src/simulation/virtual-clock.ts";
import { mending } from "../../support/playbooks.ts";
import type { Puppet, PuppetCall } from "../../support/puppet.ts";
import { VirtualEngine, type VirtualOptions } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const refused = "connect ECONNREFUSED 127.0.0.1:9";
/** Tasks that are given to it in all, and how long each may take. */
const TASKS = 130;
const EACH_MS = 20_000;

const counting = mending({
  trigger: { event_type: "build.broken", conditions: { count: "build.broken", over: "10m", gte: 3 } },
  tests: [],
});

const options: VirtualOptions = {
  playbooks: [counting],
  config: {
    tasks: { retries: 0 },
    score: { windowMs: 2_000_000 },
    // Often enough that one falls into the middle of every trial.
    journal: { checkpoint: { events: 25 } },
  },
};

interface Life {
  engine: VirtualEngine;
  agent: Puppet;
}

/** Where a task stands in the trial that is under way. */
function slotOf({ runtime }: VirtualEngine, taskId: string) {
  const open = runtime.views.evolution.openOf("coder");
  const snapshot = open && runtime.host.snapshot(`improvement/${open.proposal.improvementId}`);
  return (snapshot?.context as ImprovementContext | undefined)?.assigned.get(taskId);
}

/** How a task ends follows from its place in the trial alone: the present version mostly fails, the new one mostly not. */
function answer(engine: VirtualEngine, call: PuppetCall): void {
  const slot = slotOf(engine, call.taskId);
  const succeeds =
    engine.told("evolution.kept").length > 0 ||
    (slot !== undefined && (slot.arm === "control" ? slot.block % 3 === 0 : slot.block % 7 !== 0));
  if (succeeds) call.done();
  else call.fail(refused, { code: "ECONNREFUSED" });
}

async function hired(engine: VirtualEngine): Promise<Life> {
  const agent = await engine.agent("coder", { policy: patient });
  agent.automatic = (call) => answer(engine, call);
  return { engine, agent };
}

/** Kills it, and starts again from the newest checkpoint. */
async function again({ engine, agent }: Life): Promise<Life & { began: LogFields | undefined }> {
  let began: LogFields | undefined;
  const log: Log = {
    ...silentLog,
    debug: (message, fields) => {
      if (message === "the journal was read") began = fields;
    },
    with: () => silentLog,
  };
  await engine.kill();
  // What is begun again comes before the agent is hired anew; its place is the one that it had.
  agent.automatic = (call) => answer(engine, call);
  const next = await engine.reopened({ options: { ...options, log } });
  return { ...(await hired(next)), began };
}

/** The life of an agent, killed where it is told. */
async function lived(killedAt?: { readonly task: number; readonly during: boolean }) {
  let life = await hired(await VirtualEngine.open(options));
  let began: LogFields | undefined;
  for (let n = 0; n < TASKS; n++) {
    const kills = n === killedAt?.task;
    if (kills && killedAt.during) {
      life.agent.automatic = undefined;
      await life.engine.submit({ agent: "coder" });
    }
    if (kills) {
      const next = await again(life);
      ({ began } = next);
      life = next;
    }
    if (!(kills && killedAt.during)) await life.engine.submit({ agent: "coder" });
    // Two of three fall into one window of ten minutes before the kill, the third after it.
    if ([58, 59, 61].includes(n)) await life.engine.publish({ type: "build.broken", data: {} });
    await life.engine.pass(EACH_MS);
  }
  return { ...life, began };
}

const taskAt = (ms: number) => Math.floor((ms - FIRST_MOMENT_MS) / EACH_MS);

/** What a trial told and at which task, without what every life has of its own: ids of tasks, and chance in its waits. */
function story({ engine }: Life) {
  const told = engine.events.filter(({ type }) => type.startsWith("evolution."));
  return told.filter(({ type }) => type !== "evolution.assigned").map(plain);
}

function plain({ type, data, at }: AnyEvent) {
  const { evidence: _, expiresAtMs: __, ...rest } = data as unknown as Record<string, unknown>;
  return { type, task: taskAt(at), data: rest };
}

/** Every place that was given out, and how often. */
function places({ engine }: Life): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { data } of engine.told("evolution.assigned"))
    counts[`${data.block} ${data.arm}`] = (counts[`${data.block} ${data.arm}`] ?? 0) + 1;
  return counts;
}

/** What slides along: the terms of the score with the cases behind them; a kill costs uptime, and nothing else. */
function windows({ engine }: Life) {
  const { terms, counts } = engine.runtime.score.current();
  return { ...terms, uptime: undefined, counts: { ...counts, uptime: undefined } };
}

/** The trend of outcomes, read from the whole journal at once. */
function trendOf({ engine }: Life) {
  const trend = new OutcomeTrend();
  for (const { type, at } of engine.events)
    if (type === "task.succeeded" || type === "task.failed") trend.add(type === "task.succeeded", at);
  return trend.current;
}

describe("a checkpoint that was taken in the middle of a trial and of sliding windows", () => {
  it("leads to the same events, verdict and windows as a life without a kill, wherever it falls", {
    timeout: 60_000,
  }, async () => {
    const whole = await lived();
    expect(whole.engine.told("evolution.decided")).toMatchObject([{ data: { verdict: "keep", reason: "better" } }]);
    expect(whole.engine.told("playbook.matched")).toHaveLength(1);
    expect(trendOf(whole).kind).toBe("improving");
    const trial = whole.engine.told("evolution.trial_started")[0]?.sequence ?? Number.POSITIVE_INFINITY;
    for (const task of [24, 60]) {
      const resumed = await lived({ task, during: false });
      expect(Number(resumed.began?.["checkpoint"]), `killed before task ${task}`).toBeGreaterThan(trial);
      expect(story(resumed), `killed before task ${task}`).toEqual(story(whole));
      expect(places(resumed)).toEqual(places(whole));
      expect(windows(resumed)).toEqual(windows(whole));
      expect(resumed.engine.runtime.score.current().trendDetail).toEqual(trendOf(resumed));
      expect(resumed.engine.told("playbook.matched")).toHaveLength(1);
    }
  });

  it("leads to the same verdict when a task of the trial was under way, which is begun again in its place", async () => {
    const whole = await lived();
    const resumed = await lived({ task: 41, during: true });
    expect(story(resumed)).toEqual(story(whole));
    expect(places(resumed)).toEqual(places(whole));
    expect(resumed.engine.told("task.attempt_failed").some(({ data }) => data.reason === "interrupted")).toBe(true);
  });
});
