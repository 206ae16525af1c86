import { expect, it } from "vitest";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const refused = "connect ECONNREFUSED 127.0.0.1:9";

/** Half of the work is done well; the other half fails at its first attempt, and there are no others. */
async function lived(message: string, enough: (engine: VirtualEngine) => boolean) {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 }, sensors: { enabled: true } } });
  const good = await engine.agent("good");
  good.automatic = (call) => call.done();
  const bad = await engine.agent("bad", { policy: patient });
  bad.automatic = (call) => (call.attempt > 1 ? call.done() : call.fail(message));
  for (let n = 0; n < 100 && !enough(engine); n++) {
    await engine.submit({ agent: "good" });
    for (let one = 0; one < 3; one++) await engine.submit({ agent: "bad" });
    await engine.pass(20_000);
  }
  return engine;
}

it("an agent that pulls the score down is not blamed while a change that may help it is being tried", {
  timeout: 60_000,
}, async () => {
  const engine = await lived(refused, (now) => now.told("evolution.kept").length > 0);
  expect(engine.told("evolution.kept")).toMatchObject([{ data: { agentId: "bad" } }]);
  expect(engine.told("evolution.block_judged").length).toBeGreaterThan(8);
  expect(engine.told("watch.score_low")).toEqual([]);
});

it("one that nothing is tried on is", { timeout: 60_000 }, async () => {
  const engine = await lived("the index is not readable", (now) => now.told("watch.score_low").length > 0);
  expect(engine.told("evolution.trial_started")).toEqual([]);
  expect(engine.told("watch.score_low")).toMatchObject([{ data: { agentId: "bad" } }]);
});
