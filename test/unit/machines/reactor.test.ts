import { describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { limitsSettings } from "../../../src/domain/playbook/limits/settings.ts";
import type { Output } from "../../../src/machines/output.ts";
import { type ReactorEvent, reactorMachine } from "../../../src/machines/reactor.ts";
import { heard } from "../../support/heard.ts";
import { unvisited, walk } from "../../support/machine-walk.ts";

const input = { settings: limitsSettings.parse({ stormPerMinute: 3, stormQuietMs: 120_000 }) };
const trigger = { id: "e", sequence: 1, type: "x.y", at: 0 };
const target = { kind: "agent" as const, id: "a" };
const suppressed = (at = 1_000) =>
  heard(
    "playbook.suppressed",
    { runId: `r${at}`, playbookId: "p", target, trigger, reason: "cooldown", detail: "d" },
    at,
  );
const settled = (runId: string, at = 1_000) =>
  heard(
    "playbook.settled",
    {
      runId,
      playbookId: "p",
      target,
      trigger,
      outcome: "fixed",
      rollback: "none",
      reason: "",
      via: "trigger",
      rehearsed: false,
      residue: [],
      settleMs: 10,
    },
    at,
  );
const paused = heard("reactor.paused", { by: "me", reason: "wait" });

function reactor() {
  const outputs: Output[] = [];
  const actor = createActor(reactorMachine, { input });
  actor.on("*", (output) => outputs.push(output));
  actor.start();
  const tell = (...events: ReactorEvent[]) => {
    for (const event of events) actor.send(event);
  };
  return { actor, outputs, tell };
}

describe("the reactor machine", () => {
  it("reaches every state and takes every transition it declares", () => {
    const events = [
      paused,
      heard("reactor.resumed", { by: "me" }),
      ...(["observe", "rehearse", "live"] as const).map((mode) => heard("reactor.mode_changed", { mode, by: "me" })),
      heard("reactor.storm_entered", { reason: "r" }),
      heard("reactor.storm_left", { quietMs: 1 }),
      suppressed(),
      settled("run-1"),
      heard("playbook.relapsed", { runId: "run-1", playbookId: "p", target, again: "e" }),
      heard("playbook.enabled", { playbookId: "p", by: "me" }),
      heard("playbook.disabled", { playbookId: "p", by: "me" }),
      { type: "DEADLINE.quiet", at: 500_000 },
    ];
    const walked = walk(reactorMachine, { input, events, seen: ({ value }) => JSON.stringify(value) });
    expect(unvisited(walked)).toEqual([]);
    expect(walked.untaken.filter((name) => !name.includes("playbook.matched"))).toEqual([]);
  });

  it("starts live and running, and one event pauses it whatever its mode", () => {
    const { actor, tell } = reactor();
    expect(actor.getSnapshot().value).toMatchObject({ mode: "live", power: "running" });
    tell(heard("reactor.mode_changed", { mode: "rehearse", by: "me" }), paused);
    expect(actor.getSnapshot().value).toMatchObject({ mode: "rehearse", power: "paused" });
    expect(actor.getSnapshot().context.pausedBy).toMatchObject({ by: "me" });
  });

  it("is in the mode it was last told", () => {
    const { actor, tell } = reactor();
    for (const mode of ["observe", "rehearse", "observe", "live", "rehearse", "live"] as const) {
      tell(heard("reactor.mode_changed", { mode, by: "me" }));
      expect(actor.getSnapshot().value).toMatchObject({ mode });
    }
  });

  it("announces a storm when too much matches within a minute, and asks whether it is over", () => {
    const { outputs, tell } = reactor();
    tell(suppressed(1_000), suppressed(1_001), suppressed(1_002));
    expect(outputs.some((output) => output.type === "announce" && output.event === "reactor.storm_entered")).toBe(true);
    tell(heard("reactor.storm_entered", { reason: "r" }, 1_003));
    expect(outputs.at(-1)).toEqual({ type: "deadline", name: "quiet", atMs: 121_003 });
    // Not quiet yet: asked again a minute later.
    tell(suppressed(121_000), suppressed(121_001), { type: "DEADLINE.quiet", at: 121_003 });
    expect(outputs.at(-1)).toEqual({ type: "deadline", name: "quiet", atMs: 181_003 });
    tell({ type: "DEADLINE.quiet", at: 400_000 });
    expect(outputs.at(-1)).toMatchObject({ type: "announce", event: "reactor.storm_left" });
  });

  it("remembers verified outcomes and the switches people set", () => {
    const { actor, tell } = reactor();
    tell(settled("run-1"), heard("playbook.disabled", { playbookId: "p", by: "me" }));
    const { record, switched } = actor.getSnapshot().context;
    expect(record.playbooks.get("p")?.overall).toEqual({ fixed: 1, failed: 0 });
    expect(switched.get("p")).toBe(false);
    tell(heard("playbook.enabled", { playbookId: "p", by: "me" }));
    expect(actor.getSnapshot().context.switched.get("p")).toBe(true);
  });
});
