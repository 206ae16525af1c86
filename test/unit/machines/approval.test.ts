import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { approvalMachine } from "../../../src/machines/approval.ts";
import type { Output } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const request = {
  approvalId: "approval-1",
  runId: "run-1",
  playbookId: "p",
  target: { kind: "agent" as const, id: "a" },
  planHash: "h",
  targetVersion: "-",
  risk: "medium" as const,
  why: [],
  expiresAtMs: 7_000,
  proposedBy: "engine",
};
const decided = (decision: "approved" | "rejected" | "expired") =>
  heard("approval.decided", {
    approvalId: "approval-1",
    runId: "run-1",
    decision,
    by: "me",
    planHash: "h",
    reason: "",
  });

describe("the approval machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const events = [
      decided("approved"),
      decided("rejected"),
      decided("expired"),
      { type: "DEADLINE.expiry", at: 7_000 },
    ];
    const walked = walk(approvalMachine, { input: { request }, events, seen: ({ value }) => JSON.stringify(value) });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
  });

  it("asks for its expiry at the time that was promised, and then says no", () => {
    const outputs: Output[] = [];
    const actor = createActor(approvalMachine, { input: { request } });
    actor.on("*", (output) => outputs.push(output));
    actor.start();
    expect(outputs).toEqual([{ type: "deadline", name: "expiry", atMs: 7_000 }]);
    actor.send({ type: "DEADLINE.expiry", at: 7_000 });
    expect(outputs.at(-1)).toMatchObject({
      type: "announce",
      event: "approval.decided",
      data: { decision: "expired" },
    });
  });

  it("is decided once: what comes later changes nothing", () => {
    const actor = createActor(approvalMachine, { input: { request } }).start();
    actor.send(decided("rejected"));
    actor.send(decided("approved"));
    expect(actor.getSnapshot().value).toBe("rejected");
  });
});
