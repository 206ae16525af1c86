import { describe, expect, it } from "vitest";
import type { Principal } from "../../../src/http/principals.ts";
import { approvalsDoor } from "../../../src/runtime/doors/approvals-door.ts";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const broken = { type: "build.broken", data: {} } as const;
const me: Principal = { role: "operator", id: "me" };
const you: Principal = { role: "operator", id: "you" };
const APPROVAL_MS = 3_600_000;

/** An engine where a plan without tests waits for a person. */
async function asking(more: Readonly<Record<string, unknown>> = {}) {
  const engine = await VirtualEngine.open({
    playbooks: [mending({ tests: [], ...more })],
    config: { reactor: { approvalMs: APPROVAL_MS } },
  });
  await engine.world.files.write(CONFIG_FILE, "old");
  healthOf(engine.world, 200);
  await engine.runtime.agents.register({ id: "p", kind: "process", config: { command: ["true"] } }, "operator:me");
  await engine.publish(broken);
  const [waiting] = engine.runtime.views.approvals.waiting();
  if (waiting === undefined) throw new Error("nothing waits");
  return { engine, door: approvalsDoor(engine.runtime), waiting };
}

const settled = (engine: VirtualEngine) => engine.told("playbook.settled").map(({ data }) => data);
const content = (engine: VirtualEngine) => engine.world.files.readText(CONFIG_FILE);

describe("a plan that asks", () => {
  it("does nothing until a person approves it, then goes its way", async () => {
    const { engine, door, waiting } = await asking();
    expect(waiting.why).toContain("ask: the playbook carries no tests");
    await engine.pass(APPROVAL_MS - 1);
    expect(await content(engine)).toBe("old");
    const decided = await door.decide(
      waiting.id,
      "approved",
      { planHash: waiting.planHash, reason: "looks right" },
      me,
    );
    expect(decided).toMatchObject({ state: "approved", decidedBy: "operator:me", reason: "looks right" });
    await engine.pass(5_000);
    expect(await content(engine)).toBe("new");
    expect(settled(engine)).toMatchObject([{ outcome: "fixed" }]);
    expect(engine.told("approval.decided")).toMatchObject([{ principal: "operator:me" }]);
  });

  it("is refused with the person's reason when it is rejected", async () => {
    const { engine, door, waiting } = await asking();
    await door.decide(waiting.id, "rejected", { reason: "not on a Friday" }, me);
    await engine.pass(5_000);
    expect(settled(engine)).toMatchObject([
      { outcome: "refused", rollback: "none", reason: "rejected by operator:me: not on a Friday" },
    ]);
    expect(await content(engine)).toBe("old");
  });

  it("expires to no when nobody answers in time, and tells a person", async () => {
    const { engine, waiting, door } = await asking();
    await engine.pass(APPROVAL_MS);
    expect(settled(engine)).toMatchObject([{ outcome: "expired", rollback: "none" }]);
    await expect(door.decide(waiting.id, "approved", {}, me)).rejects.toMatchObject({ code: "conflict" });
    expect(await content(engine)).toBe("old");
    expect(engine.runtime.views.incidents.list()).toMatchObject([{ needsPerson: true }]);
  });

  it("is decided once: the second decision is a conflict, also when both come at once", async () => {
    const { engine, door, waiting } = await asking();
    const both = await Promise.allSettled([
      door.decide(waiting.id, "approved", {}, me),
      door.decide(waiting.id, "rejected", {}, you),
    ]);
    await engine.pass(5_000);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    await expect(door.decide(waiting.id, "approved", {}, me)).rejects.toMatchObject({ code: "conflict" });
    expect(engine.told("approval.decided")).toHaveLength(1);
    expect(settled(engine)).toMatchObject([{ outcome: "fixed" }]);
  });

  it("cannot be approved for another plan than the one that waits", async () => {
    const { engine, door, waiting } = await asking();
    await expect(door.decide(waiting.id, "approved", { planHash: "another" }, me)).rejects.toMatchObject({
      code: "approval.stale",
    });
    // Not even by an event that says so.
    await engine.publish({
      type: "approval.decided",
      data: {
        approvalId: waiting.id,
        runId: waiting.run,
        decision: "approved",
        by: "me",
        planHash: "another",
        reason: "",
      },
    });
    await engine.pass(5_000);
    expect(settled(engine)).toMatchObject([{ outcome: "refused" }]);
    expect(await content(engine)).toBe("old");
  });

  it("cannot be approved once its target is another than the one that was looked at", async () => {
    const { engine, door, waiting } = await asking({ target: { kind: "agent", id: "p" } });
    await engine.runtime.agents.configure("p", { command: ["false"] }, { by: "operator:you" });
    await expect(door.decide(waiting.id, "approved", {}, me)).rejects.toMatchObject({
      code: "approval.stale",
      message: expect.stringContaining("configuration 2") as string,
    });
    await door.decide(waiting.id, "rejected", {}, me);
    await engine.pass(0);
    expect(settled(engine)).toMatchObject([{ outcome: "refused" }]);
  });

  it("cannot be approved by whoever proposed it", async () => {
    const { engine, door, waiting } = await asking();
    const proposed = { approvalId: "approval-x", proposedBy: "operator:me", runId: "run-x" };
    await engine.publish({
      type: "approval.requested",
      data: {
        ...proposed,
        playbookId: "mend",
        target: waiting.target,
        planHash: "h",
        targetVersion: "-",
        risk: "low",
        why: [],
        expiresAtMs: waiting.expiresAtMs,
      },
    });
    await expect(door.decide("approval-x", "approved", {}, me)).rejects.toMatchObject({ code: "auth.refused" });
    await expect(door.decide("approval-x", "approved", {}, you)).resolves.toMatchObject({ state: "approved" });
  });

  it("still waits after a restart, with its old deadline, and acts once it is approved then", async () => {
    const { engine } = await asking();
    const again = await engine.reopened({ downMs: 60_000 });
    const [waiting] = again.runtime.views.approvals.waiting();
    expect(again.runtime.host.deadlines()).toContainEqual(
      expect.objectContaining({ name: "expiry", dueAtMs: waiting?.expiresAtMs }),
    );
    await approvalsDoor(again.runtime).decide(waiting?.id ?? "", "approved", {}, me);
    await again.pass(5_000);
    expect(settled(again)).toMatchObject([{ outcome: "fixed" }]);
  });

  it("keeps its target locked while it waits: another remedy for it is told so", async () => {
    const { engine } = await asking();
    await engine.publish(broken);
    expect(engine.told("playbook.suppressed")).toMatchObject([{ data: { reason: "coalesced" } }]);
  });
});
