import { expect, it } from "vitest";
import { actions, catalogue } from "../../../src/actions/index.ts";
import { clockFacts } from "../../../src/domain/playbook/facts.ts";
import { resolvePlan } from "../../../src/domain/playbook/plan.ts";
import { riskSettings } from "../../../src/domain/playbook/risk.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import type { Params } from "../../../src/domain/playbook/schema.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { openWorld, type World } from "./world.ts";

const GRANTS = ["process.signal:own"];

async function kill(world: World, params: Params, signal?: AbortSignal) {
  const action = actions.get("kill_process");
  if (action === undefined) throw new Error("there is no kill_process");
  return action.run(params, world.context(GRANTS, signal));
}

it("ends one process by its identity, and refuses another one that has its pid now", async () => {
  const world = await openWorld();
  const [ended, other] = [{ ...(await world.start()) }, { ...(await world.start()) }];
  await kill(world, { target: ended, graceMs: 2000 });
  expect(await world.lives(ended)).toBe(false);
  const mistaken = kill(world, { target: { ...ended, pid: other.pid }, graceMs: 2000 });
  await expect(mistaken).rejects.toMatchObject({ code: "process.identity" });
  expect(await world.lives(other)).toBe(true);
});

it("leaves an agent alone that is no longer idle when its turn comes", async () => {
  const world = await openWorld();
  const idle = await world.engine.addAgent("idle", {}, world.sleeper);
  const busy = await world.engine.addAgent("busy", {}, world.sleeper);
  world.engine.change("busy", { state: "running" });
  const { detail } = await kill(world, { target: ["busy", "idle"], onlyIdle: true, graceMs: 2000 });
  expect(detail).toContain("busy is no longer idle");
  expect(await Promise.all([...busy.processes, ...idle.processes].map(world.lives))).toEqual([true, false]);
});

it("begins with no further member once it was told to stop", async () => {
  const world = await openWorld();
  const agent = await world.engine.addAgent("a", {}, world.sleeper);
  await expect(kill(world, { target: "a" }, AbortSignal.abort())).rejects.toMatchObject({ code: "action.refused" });
  expect(await Promise.all(agent.processes.map(world.lives))).toEqual([true]);
});

it("fails on an agent that does not exist", async () => {
  await expect(kill(await openWorld(), { target: "nobody" })).rejects.toMatchObject({ code: "agent.unknown" });
});

it("carries out the seed's own playbook: the file as shipped, its plan, and an idle agent's process ended", async () => {
  const world = await openWorld();
  const text = await nodeFiles.readText(
    new URL("../../../playbooks/cpu_high_kill_idle.json", import.meta.url).pathname,
  );
  const { rules, refused } = compileRules([{ file: "cpu_high_kill_idle.json", text: text ?? "" }], {
    catalogue,
    hash: nodeHash,
  });
  expect(refused).toEqual([]);
  const [rule] = rules;
  if (rule === undefined) throw new Error("the seed's playbook did not load");
  const agent = await world.engine.addAgent("idle", {}, world.sleeper);
  const facts = {
    event: { id: "e", type: "resource.high", data: { scope: "host", resource: "cpu", value: 91, threshold: 80 } },
    clock: clockFacts(0),
  };
  expect(rule.matches(facts)).toBe(true);
  const result = resolvePlan(rule.playbook, facts, {
    catalogue,
    hash: nodeHash,
    playbookHash: rule.hash,
    idleAgents: () => ["idle"],
    risk: riskSettings.parse({}),
    via: "trigger",
  });
  if (result.kind === "refused") throw new Error(result.detail);
  const [step] = result.plan.steps;
  expect(result.plan.needsApproval).toBe(true);
  await kill(world, { ...step?.params, graceMs: 2000 });
  expect(await Promise.all(agent.processes.map(world.lives))).toEqual([false]);
});
