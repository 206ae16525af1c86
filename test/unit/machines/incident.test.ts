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

  it("tells when it is over and when it comes back, each under a key of its own", () => {
    const { actor, keys } = opened();
    actor.send(resolved);
    actor.send(reopened);
    expect(keys()).toEqual(["incident-1/opened/0", "incident-1/resolved/0", "incident-1/opened/1"]);
  });
});
