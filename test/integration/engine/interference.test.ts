import { describe, expect, it } from "vitest";
import { textOf } from "../../../src/actors/views/timeline-texts.ts";
import { canonical } from "../../../src/kernel/hash.ts";
import type { AgentRequest } from "../../../src/runtime/agent-desk.ts";
import { evolutionDoor } from "../../../src/runtime/doors/evolution-door.ts";
import type { Puppet, PuppetCall } from "../../support/puppet.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const refused = "connect ECONNREFUSED 127.0.0.1:9";

type Answer = (call: PuppetCall) => void;

/** Of 24 requests three are refused. A second request for one ticket is served, and closes the account to others for twelve. */
function account(): Answer {
  let asked = 0;
  let closedUntil = 0;
  return (call) => {
    asked++;
    if (call.attempt > 1) {
      closedUntil = asked + 12;
      call.done();
    } else if (asked <= closedUntil) call.fail("the account is closed to others");
    else if ([0, 9, 10].includes(asked % 24)) call.fail(refused);
    else call.done();
  };
}

/** Does well until something breaks for good; then only a second attempt does it. */
function breaksAfter(good: number): Answer {
  const seen = new Set<string>();
  return (call) => {
    seen.add(call.taskId);
    if (seen.size <= good || call.attempt > 1 || seen.size % 3 === 0) call.done();
    else call.fail(refused);
  };
}

async function hired(engine: VirtualEngine, answer: Answer, about: Partial<AgentRequest> = {}): Promise<Puppet> {
  const agent = await engine.agent("coder", { policy: patient, ...about });
  agent.automatic = answer;
  return agent;
}

async function opened(answer: Answer, about: Partial<AgentRequest> = {}) {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
  return { engine, agent: await hired(engine, answer, about) };
}

async function works(engine: VirtualEngine, until: () => boolean, most = 600): Promise<void> {
  for (let n = 0; !until() && n < most; n++) {
    await engine.submit({ agent: "coder" });
    await engine.pass(20_000);
  }
}

const ended = (engine: VirtualEngine) => () =>
  engine.told("evolution.kept").length + engine.told("evolution.rolled_back").length > 0;

describe("a change whose harm falls on the tasks that it is compared with", () => {
  it("is rolled back as no gain, and everybody is told what was compared", async () => {
    const { engine } = await opened(account());
    const before = canonical(engine.runtime.agents.get("coder").spec);
    await works(engine, ended(engine));
    const [decided] = engine.told("evolution.decided");
    expect(decided?.data).toMatchObject({
      verdict: "rollback",
      reason: "interference",
      interference: { verdict: "worse", before: { failed: 3, tasks: 24 } },
    });
    expect(engine.told("evolution.rolled_back")).toMatchObject([{ data: { same: true } }]);
    expect(canonical(engine.runtime.agents.get("coder").spec)).toBe(before);
    const since = decided?.data.interference?.since;
    const why = `the present version itself began to fail more while this was tried: 3 of 24 failed before, ${since?.failed} of ${since?.tasks} since`;
    expect(decided === undefined ? "" : textOf(decided)).toContain(why);
    expect(await evolutionDoor(engine.runtime).get(decided?.data.improvementId ?? "")).toMatchObject({
      state: "rolled_back",
      outcome: why,
      trial: { interference: { verdict: "worse", since } },
    });
  });

  it("is found after a kill in the middle of its trial as without one", async () => {
    const answer = account();
    const { engine } = await opened(answer);
    await works(engine, () => engine.told("evolution.block_judged").length >= 6);
    const again = await engine.reopened({ downMs: 5_000 });
    await hired(again, answer);
    await works(again, ended(again));
    expect(again.told("evolution.decided")).toMatchObject([
      { data: { reason: "interference", interference: { before: { failed: 3, tasks: 24 } } } },
    ]);
    expect(again.told("evolution.rolled_back")).toMatchObject([{ data: { same: true } }]);
  });
});

describe("a change that helps", () => {
  it.each([0, 20, 200])(
    "is kept though the agent did well until something broke for good, after %d tasks",
    async (good) => {
      const { engine } = await opened(breaksAfter(good));
      await works(engine, ended(engine));
      expect(engine.told("evolution.decided")).toMatchObject([
        { data: { verdict: "keep", reason: "better", interference: { verdict: "too_few" } } },
      ]);
      expect(engine.told("evolution.kept")).toHaveLength(1);
    },
  );
});

describe("what is compared with", () => {
  it("are the tasks under the setup that holds: none of those that were tried, and none before a change", async () => {
    const { engine, agent } = await opened(account(), { alternatives: [{ kind: "advice", advice: "Be quick." }] });
    await works(engine, ended(engine));
    const [first] = engine.told("evolution.proposed");
    expect(first?.data).toMatchObject({ kind: "retry", past: { length: 24 } });
    agent.automatic = (call) => call.done();
    await works(engine, () => false, 20);
    await engine.publish({ type: "agent.scaled", data: { agentId: "coder", concurrency: 2, by: "operator:me" } });
    await works(engine, () => false, 12);
    const fails = new Set(["3", "7"]);
    let n = 0;
    agent.automatic = (call) => (fails.has(`${n++ % 8}`) ? call.fail(refused) : call.done());
    await works(engine, () => engine.told("evolution.proposed").length > 1, 20);
    const past = engine.told("evolution.proposed").at(-1)?.data.past ?? [];
    expect(engine.told("evolution.proposed")).toHaveLength(2);
    expect(past).toEqual(Array.from({ length: past.length }, (_, at) => ![3, 7, 11].includes(at - 12)));
  });
});
