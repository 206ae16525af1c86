import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { incidentMachine } from "../../../src/machines/incident.ts";
import type { Output } from "../../../src/machines/output.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const incidentId = "incident-1";
const incident = {
  incidentId,
  title: "it broke",
  severity: "error" as const,
  target: { kind: "agent" as const, id: "a" },
  evidence: [],
  needsPerson: true,
};
const input = { incident, at: 1_000 };
const resolved = heard("incident.resolved", { incidentId, by: "me", reason: "mended" });
const reopened = heard("incident.reopened", { incidentId, reason: "again" });
const sent = (key: string) => heard("notification.sent", { key, channel: "log", incidentId, text: "t" });
const restarted = heard("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" });

function opened() {
  const outputs: Output[] = [];
  const actor = createActor(incidentMachine, { input });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  return { actor, keys: () => outputs.flatMap((output) => (output.type === "effect" ? [output.key] : [])) };
}

describe("the incident machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const events = [
      heard("incident.updated", { incidentId, note: "n", needsPerson: true }),
      heard("incident.acknowledged", { incidentId, by: "me" }),
      heard("incident.silenced", { incidentId, by: "me", untilMs: 2_000 }),
      { type: "DEADLINE.silence", at: 2_000 },
      resolved,
      reopened,
      sent("incident-1/opened/0"),
      restarted,
    ];
    const walked = walk(incidentMachine, {
      input,
      events,
      seen: ({ value, context }) =>
        JSON.stringify([
          value,
          Math.min(context.reopened, 2),
          Math.min(context.notes, 1),
          context.silencedUntilMs,
          context.untold,
          context.outbox.length > 1,
        ]),
    });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken).toEqual([]);
  });

  it("sends its message again after a restart until it was delivered", () => {
    const { actor, keys } = opened();
    actor.send(restarted);
    expect(keys()).toEqual(["incident-1/opened/0", "incident-1/opened/0"]);
    actor.send(sent("incident-1/opened/0"));
    actor.send(restarted);
    expect(keys()).toHaveLength(2);
  });

  it("says nothing while it is silenced, and what it then had to say when that is over", () => {
    const at = 1_500;
    const silenced = heard("incident.silenced", { incidentId, by: "me", untilMs: 2_000 }, at);
    const { actor, keys } = opened();
    for (const event of [silenced, { ...resolved, at }, { ...reopened, at: 1_999 }]) actor.send(event);
    expect(keys()).toEqual(["incident-1/opened/0"]);
    actor.send({ type: "DEADLINE.silence", at: 2_000 });
    expect(keys()).toEqual(["incident-1/opened/0", "incident-1/opened/1"]);
    actor.send({ type: "DEADLINE.silence", at: 2_001 });
    expect(keys()).toHaveLength(2);
    actor.send({ ...resolved, at: 2_002 });
    expect(keys().at(-1)).toBe("incident-1/resolved/1");
  });

  it("has nothing left to say when somebody has seen it or it was over before its silence was", () => {
    const acknowledged = heard("incident.acknowledged", { incidentId, by: "me" }, 1_600);
    for (const end of [acknowledged, { ...resolved, at: 1_600 }]) {
      const { actor, keys } = opened();
      actor.send(heard("incident.silenced", { incidentId, by: "me", untilMs: 2_000 }, 1_400));
      for (const event of [{ ...resolved, at: 1_500 }, { ...reopened, at: 1_550 }, end]) actor.send(event);
      actor.send({ type: "DEADLINE.silence", at: 2_000 });
      expect(keys()).toEqual(["incident-1/opened/0"]);
    }
  });

  it("has nothing to say at the end of a silence in which nothing happened", () => {
    const { actor, keys } = opened();
    actor.send(heard("incident.silenced", { incidentId, by: "me", untilMs: 2_000 }, 1_500));
    actor.send({ type: "DEADLINE.silence", at: 2_000 });
    expect(keys()).toEqual(["incident-1/opened/0"]);
  });

  it("tells when it is over and when it comes back, each under a key of its own", () => {
    const { actor, keys } = opened();
    actor.send(resolved);
    actor.send(reopened);
    expect(keys()).toEqual(["incident-1/opened/0", "incident-1/resolved/0", "incident-1/opened/1"]);
  });
});
