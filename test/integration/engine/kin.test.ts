import { expect, it } from "vitest";
import type { Principal } from "../../../src/http/principals.ts";
import { evolutionDoor } from "../../../src/runtime/doors/evolution-door.ts";
import { pauseDoor } from "../../../src/runtime/doors/pause-door.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me: Principal = { role: "operator", id: "me" };
const patient = { failureThreshold: 100_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 100_000 };
const refused = "connect ECONNREFUSED 127.0.0.1:9";

it("what helped one agent is proposed to its kin that failed alike, with what its trial showed, and to nobody else", {
  timeout: 60_000,
}, async () => {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
  const about = { policy: patient, group: "writers" };
  const agents = {
    coder: about,
    kin: about,
    // Of another group; without this failure; and with more attempts than the change would give it.
    stranger: { ...about, group: "readers" },
    healthy: about,
    patientOne: { ...about, tuning: { retries: 5 } },
  };
  for (const [id, more] of Object.entries(agents)) {
    const puppet = await engine.agent(id, more);
    puppet.automatic = (call) => (call.attempt > 1 ? call.done() : call.fail(refused, { code: "ECONNREFUSED" }));
    if (id === "healthy") puppet.automatic = (call) => call.done();
    if (id === "patientOne") puppet.automatic = (call) => call.fail(refused, { code: "ECONNREFUSED" });
  }
  for (const id of ["kin", "stranger", "healthy", "patientOne"]) {
    await engine.submit({ agent: id });
    await engine.pass(600_000);
  }
  for (let n = 0; n < 100 && engine.told("evolution.kept").length === 0; n++) {
    await engine.submit({ agent: "coder" });
    await engine.pass(20_000);
  }
  const [first, handed, ...more] = engine.told("evolution.proposed").map(({ data }) => data);
  const pairs = engine.told("evolution.decided")[0]?.data.blocks;
  expect(more).toEqual([]);
  expect(first).toMatchObject({ agentId: "coder", kind: "retry" });
  expect(handed).toMatchObject({
    agentId: "kin",
    kind: "retry",
    from: first?.improvementId,
    patch: first?.patch,
    fingerprint: first?.fingerprint,
    evidence: [engine.runtime.views.tasks.list().find(({ agent }) => agent === "kin")?.id],
    title: "Do what helped coder: retry",
    reason: `the same failure of coder was helped by this: 100 more of 100 tasks succeeded, over ${pairs} pairs`,
    risk: "low",
    asks: false,
  });
  // It is a proposal: the agent is as it was until its own trial has shown the same.
  expect(engine.runtime.agents.get("kin").spec.tuning?.retries).toBeUndefined();
  expect(await evolutionDoor(engine.runtime).get(handed?.improvementId ?? "")).toMatchObject({
    state: "trying",
    from: first?.improvementId,
  });
  // The lesson says so to whoever fails like this, as long as it holds.
  const lesson = async () => {
    await engine.runtime.lessons.settled();
    return (await engine.runtime.palace.get(engine.runtime.views.lessons.list()[0]?.id ?? "", { space: "shared" }))
      ?.content;
  };
  const text = await lesson();
  expect(text).toContain("Conditions: tasks of");
  expect(text).toContain("Another retry was tried with 1 agent and kept.");
  await evolutionDoor(engine.runtime).order(first?.improvementId ?? "", "rollback", undefined, me);
  await engine.pass(1_000);
  expect(await lesson()).not.toContain("was tried with");
});

it("what may do nothing by itself now asks with the kin too", { timeout: 60_000 }, async () => {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
  const config = { policy: patient, kind: "function" } as const;
  for (const id of ["coder", "kin"]) {
    const puppet = await engine.agent(id, config);
    puppet.automatic = (call) => (call.attempt > 1 ? call.done() : call.fail(refused, { code: "ECONNREFUSED" }));
  }
  await engine.submit({ agent: "kin" });
  await engine.pass(20_000);
  for (let n = 0; n < 100 && engine.told("evolution.kept").length === 0; n++) {
    // Paused: nothing is tried without a person's yes.
    if (n === 20) await pauseDoor(engine.runtime).set("a person asked", { role: "operator", id: "me" });
    await engine.submit({ agent: "coder" });
    await engine.pass(20_000);
  }
  expect(engine.told("evolution.proposed")).toMatchObject([
    { data: { agentId: "coder", asks: false } },
    { data: { agentId: "kin", asks: true } },
  ]);
});
