import { expect, it } from "vitest";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

it("a playbook shows what was verified of it: in all, for each kind of target and for each failure, and how sure that is", async () => {
  const mends = mending({
    trigger: { event_type: "failure.observed", conditions: { tasks: 1 } },
    target: { kind: "agent", id: { $ref: "agent.id" } },
    cooldownMs: 1_000,
    tests: [{ event: { type: "failure.observed", data: { tasks: 1 } }, expect: "match" }],
  });
  const engine = await VirtualEngine.open({ playbooks: [mends], config: { tasks: { retries: 0 } } });
  const door = playbooksDoor(engine.runtime);
  const shown = async () => (await door.get("mend"))?.proven;
  expect(await shown()).toEqual([{ on: "everything", fixed: 0, notFixed: 0, share: null }]);
  for (const [id, message, status] of [
    ["one", "the index is not readable", 200],
    ["two", "the lease has expired", 200],
    ["three", "the queue is on fire", 500],
  ] as const) {
    healthOf(engine.world, status);
    const agent = await engine.agent(id);
    agent.automatic = (call) => call.fail(message);
    await engine.submit({ agent: id });
    await engine.pass(60_000);
  }
  const proven = await shown();
  expect(proven?.slice(0, 2)).toMatchObject([
    { on: "everything", fixed: 2, notFixed: 1, share: { mean: 2 / 3 } },
    { on: "target", of: "agent", fixed: 2, notFixed: 1, share: { mean: 2 / 3 } },
  ]);
  // Wilson's interval for two of three.
  expect(proven?.[0]?.share?.low).toBeCloseTo(0.2077, 3);
  expect(proven?.[0]?.share?.high).toBeCloseTo(0.9385, 3);
  expect(proven?.slice(2)).toMatchObject([
    { on: "failure", fixed: 1, notFixed: 0 },
    { on: "failure", fixed: 1, notFixed: 0 },
    { on: "failure", fixed: 0, notFixed: 1 },
  ]);
});
