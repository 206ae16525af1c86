import { describe, expect, it } from "vitest";
import type { ConfigInput } from "../../../src/config.ts";
import type { ImprovementKind } from "../../../src/events/types/evolution.ts";
import { canonical } from "../../../src/kernel/hash.ts";
import type { AgentRequest } from "../../../src/runtime/agent-desk.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import type { PuppetCall } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const refused = "connect ECONNREFUSED 127.0.0.1:9";
const pressed = "429 Too Many Requests from http://127.0.0.1:9/";

/** An agent that fails at first, and how it does its work once what was wrong with it has passed. */
interface Case {
  readonly kind: ImprovementKind;
  readonly about?: Partial<AgentRequest>;
  readonly tasks?: ConfigInput["tasks"];
  /** Whoever gives it work has so many tasks under way; one unless told. */
  readonly atOnce?: number;
  readonly trouble: (call: PuppetCall, world: Seen) => void;
  readonly work: (call: PuppetCall, world: Seen) => void;
}

/** What the agent's own world tells it. */
interface Seen {
  readonly nowMs: number;
  readonly after: (ms: number, what: () => void) => void;
  /** Since it was asked for, and since this task was last tried. */
  readonly waitedMs: number;
  readonly sinceLastMs: number;
  /** Attempts that stand in the same body of the agent, this one among them. */
  readonly company: number;
}

/** Lives through an improvement from the first failure until its trial is over and its end is carried out. */
async function livedThrough({ about = {}, tasks = {}, atOnce = 1, trouble, work, kind }: Case) {
  const engine = await VirtualEngine.open({ config: { tasks: { maxConcurrent: atOnce, retries: 0, ...tasks } } });
  const agent = await engine.agent("coder", { policy: patient, concurrency: atOnce, ...about });
  const before = canonical(setup(engine));
  const tried = new Map<string, number>();
  const versionOf = (taskId: string) => engine.task(taskId).history.at(-1)?.configVersion;
  agent.automatic = (call) => {
    const nowMs = engine.clock.now();
    const { taskId } = call;
    const seen: Seen = {
      nowMs,
      after: (ms, what) => void engine.clock.at(nowMs + ms, what),
      waitedMs: nowMs - engine.task(taskId).submittedAtMs,
      sinceLastMs: nowMs - (tried.get(taskId) ?? nowMs),
      company: [...agent.working].filter((one) => versionOf(one.taskId) === versionOf(taskId)).length,
    };
    tried.set(taskId, nowMs);
    const isOver = engine.told("evolution.proposed").length > 0;
    (isOver ? work : trouble)(call, seen);
  };
  const waiting = new Set<string>();
  const ended = () => engine.told("evolution.kept").length + engine.told("evolution.rolled_back").length > 0;
  for (let rounds = 0; !ended() && rounds < 20_000; rounds++) {
    for (const id of waiting) if (engine.task(id).endedAtMs !== undefined) waiting.delete(id);
    while (waiting.size < atOnce) waiting.add(await engine.submit({ agent: "coder" }));
    await approveAll(engine);
    await engine.pass(250);
  }
  const [proposal] = engine.told("evolution.proposed");
  expect(proposal?.data).toMatchObject({ kind, agentId: "coder", asks: proposal?.data.risk !== "low" });
  const [decided] = engine.told("evolution.decided");
  return { engine, before, now: canonical(setup(engine)), proposal: proposal?.data, decided: decided?.data };
}

function setup(engine: VirtualEngine) {
  const { config, concurrency, tuning = {} } = engine.runtime.agents.get("coder").spec;
  return { config, concurrency, tuning };
}

async function approveAll({ runtime }: VirtualEngine): Promise<void> {
  for (const { id, state } of await approvalsDoor(runtime).list())
    if (state === "waiting") await approvalsDoor(runtime).decide(id, "approved", {}, { role: "operator", id: "me" });
}

const retried = { retries: 1, backoff: { firstMs: 1_000 } };
/** From 400 to 1,600 ms, different for each task. */
const someTime = ({ taskId }: PuppetCall) => 400 + 100 * (Number.parseInt(taskId.slice(-2), 16) % 13);

const helps: readonly Case[] = [
  {
    kind: "timeout",
    about: { tuning: { timeoutMs: 1_500 } },
    trouble: (call, { after }) => after(2_000, () => call.done()),
    work: (call, { after }) => after(2_000, () => call.done()),
  },
  {
    kind: "retry",
    trouble: (call) => call.fail(refused),
    work: (call) => (call.attempt > 1 ? call.done() : call.fail(refused)),
  },
  {
    kind: "backoff",
    tasks: retried,
    trouble: (call) => call.fail(pressed),
    work: (call, { sinceLastMs }) => (sinceLastMs >= 1_500 ? call.done() : call.fail(pressed)),
  },
  {
    kind: "concurrency",
    atOnce: 6,
    trouble: (call, { after }) => after(500, () => call.fail("the workspace is in use")),
    // One body of it bears three at once.
    work: (call, { after, company }) =>
      company > 3 ? call.fail("the workspace is in use") : after(someTime(call), () => call.done()),
  },
];

const hurts: readonly Case[] = [
  {
    kind: "timeout",
    about: { tuning: { timeoutMs: 1_500 } },
    trouble: () => undefined,
    // With time to spare it does its work thoroughly, and that is what it cannot do.
    work: (call, { nowMs, after }) =>
      call.deadlineMs - nowMs > 2_000
        ? after(1_000, () => call.fail("the index is not readable"))
        : after(1_000, () => call.done()),
  },
  {
    kind: "backoff",
    tasks: retried,
    trouble: (call) => call.fail(pressed),
    // The lease from its first attempt is good for one and a half seconds.
    work: (call, { sinceLastMs }) =>
      call.attempt > 1 && sinceLastMs < 1_500
        ? call.done()
        : call.fail(call.attempt > 1 ? "the lease is over" : pressed),
  },
  {
    kind: "concurrency",
    atOnce: 6,
    trouble: (call, { after }) => after(500, () => call.fail("the workspace is in use")),
    // What waits for its turn is no longer wanted.
    work: (call, { after, waitedMs }) =>
      waitedMs > 0 ? call.fail("the ticket is no longer valid") : after(someTime(call), () => call.done()),
  },
];

describe("an improvement that helps an agent", () => {
  it.each(helps)("is kept: $kind", async (one) => {
    const { engine, proposal, decided, now } = await livedThrough(one);
    expect(decided).toMatchObject({ verdict: "keep", reason: "better" });
    expect(decided?.difference?.low).toBeGreaterThan(0);
    const { config, concurrency, tuning } = proposal?.after ?? {};
    expect(now).toBe(canonical({ config, concurrency, tuning }));
    expect(engine.told("evolution.kept")).toHaveLength(1);
  });
});

describe("an agent that fails while it has other work", () => {
  it("is tried with less at once, also where its last task ends alone", async () => {
    const engine = await VirtualEngine.open({ config: { tasks: { maxConcurrent: 2, retries: 0 } } });
    const agent = await engine.agent("coder", { policy: patient, concurrency: 2 });
    for (let pairs = 0; pairs < 2; pairs++) {
      await engine.submit({ agent: "coder" });
      await engine.submit({ agent: "coder" });
      for (const call of [...agent.working]) call.fail("the workspace is in use");
      await engine.pass(1_000);
    }
    expect(engine.told("evolution.proposed")).toMatchObject([{ data: { kind: "concurrency", agentId: "coder" } }]);
  });
});

describe("an improvement that hurts an agent", () => {
  it.each(hurts)("is rolled back: $kind", async (one) => {
    const { engine, before, now, decided } = await livedThrough(one);
    expect(decided?.verdict).toBe("rollback");
    expect(decided?.difference?.high).toBeLessThan(0);
    expect(engine.told("evolution.rolled_back")).toMatchObject([{ data: { same: true, version: 1 } }]);
    expect(now).toBe(before);
  });

  // Another attempt never makes a success of a task a failure: at its worst it is spent for nothing.
  it("is rolled back when it is of no use: retry", async () => {
    let n = 0;
    const { engine, before, now, decided } = await livedThrough({
      kind: "retry",
      trouble: (call) => call.fail(refused),
      work: (call) => (call.attempt === 1 && n++ % 3 > 0 ? call.done() : call.fail(refused)),
    });
    expect(decided).toMatchObject({ verdict: "inconclusive", reason: "no_difference" });
    expect(engine.told("evolution.rolled_back")).toMatchObject([{ data: { same: true, version: 1 } }]);
    expect(now).toBe(before);
  });
});
