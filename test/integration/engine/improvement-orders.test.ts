import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/http/principals.ts";
import { evolutionDoor } from "../../../src/runtime/doors/evolution-door.ts";
import { pauseDoor } from "../../../src/runtime/doors/pause-door.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const me: Principal = { role: "operator", id: "me" };

/** An improvement is proposed, and the question whether it may be tried is not in the journal yet. */
async function proposed() {
  const engine = await VirtualEngine.open({ config: { tasks: { retries: 0 } } });
  const puppet = await engine.agent("coder", { policy: { failureThreshold: 100, cooldownMs: 1, openMs: 1 } });
  puppet.automatic = (call) => call.fail("connect ECONNREFUSED 127.0.0.1:9", { code: "ECONNREFUSED" });
  // Paused: nothing is tried without a person's yes.
  await pauseDoor(engine.runtime).set("a person asked", me);
  const written = engine.delay("approval.requested");
  for (let n = 0; n < 5; n++) {
    await engine.submit({ agent: "coder" });
    await engine.pass(1_000);
  }
  const [event] = engine.told("evolution.proposed");
  const id = event?.data.improvementId ?? "";
  const door = evolutionDoor(engine.runtime);
  expect(await door.get(id)).toMatchObject({ state: "asking", approval: undefined });
  return { engine, written, door, id };
}

describe("a person who answers before the question is in the journal", () => {
  it("is heard as soon as it is", async () => {
    const { engine, written, door, id } = await proposed();
    const answer = door.order(id, "approve", undefined, me);
    await written();
    await answer;
    await engine.pass(1_000);
    expect(engine.told("approval.decided")).toMatchObject([
      { data: { runId: id, decision: "approved", by: "operator:me" } },
    ]);
    expect(await door.get(id)).toMatchObject({ state: "trying" });
  });

  it("is told that it cannot be asked yet where the journal does not take it", async () => {
    const { engine, door, id } = await proposed();
    const answer = door.order(id, "approve", undefined, me).catch((failure: unknown) => failure);
    await engine.pass(5_000);
    expect(await answer).toMatchObject({ code: "busy", message: expect.stringContaining(id) as string });
    expect(engine.told("approval.decided")).toEqual([]);
  });
});
