import { assert, describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { createInspection, type InspectionMessage } from "../../../src/actors/inspection.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { type AgentEvent, agentMachine } from "../../../src/machines/agent.ts";
import { remediationMachine } from "../../../src/machines/remediation.ts";
import { facts, Story } from "../../support/story.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const SECRET = "hunter2";
const policy = { failureThreshold: 3, cooldownMs: 1000, openMs: 1000, archiveAfterProbes: 10 };

function watched(options: { readonly capacity?: number } = {}) {
  const clock = new VirtualClock();
  const inspection = createInspection({
    clock,
    log: silentLog,
    deadlines: () => [{ actor: "agent/coder", name: "cooldown", dueAtMs: 77 }],
    ...options,
  });
  const actors = new Map<string, ReturnType<typeof agent>>();
  const birth = (name: string) => {
    const actor = agent(name);
    actors.set(`agent/${name}`, actor);
    inspection.born(`agent/${name}`, agentMachine, actor.getSnapshot(), 5);
  };
  const hear = (id: string, event: AgentEvent) => {
    const actor = actors.get(id);
    actor?.send(event);
    if (actor !== undefined) inspection.moved(id, event, actor.getSnapshot());
  };
  const heard: InspectionMessage[] = [];
  const watch = (...ids: string[]) => inspection.watch(ids, (message) => heard.push(message));
  return { clock, inspection, birth, hear, heard, watch };
}

function agent(agentId: string) {
  return createActor(agentMachine, { id: `agent/${agentId}`, input: { agentId, policy } }).start();
}

const story = new Story(1000);
/** Ten milliseconds after the event before it. */
const started = (taskId: string): AgentEvent =>
  story.wait(10).tell("task.started", { ...facts.started(taskId), key: SECRET });
const failed = (taskId: string): AgentEvent =>
  story.wait(10).tell(
    "task.attempt_failed",
    facts.attemptFailed(taskId, 1, {
      key: SECRET,
      error: { message: `password is ${SECRET}`, exitCode: 2, stderrTail: SECRET },
    }),
  );

const brief = (messages: readonly InspectionMessage[]) =>
  messages.map(({ type, sessionId, snapshot, event }) => {
    const what = type === "@xstate.event" ? (event as { type: string }).type : undefined;
    const value = type === "@xstate.snapshot" ? (snapshot as { value: unknown }).value : undefined;
    return [type.replace("@xstate.", ""), sessionId, what ?? value]
      .filter((part) => typeof part === "string")
      .join(" ");
  });

describe("inspection", () => {
  it("lists what runs with its state, since when, its deadlines and the newest event", () => {
    const { inspection, birth, hear } = watched();
    birth("coder");
    expect(inspection.list()).toMatchObject([{ id: "agent/coder", machine: "agent", state: "idle", sinceMs: 5 }]);
    const first = started("t1");
    hear("agent/coder", first);
    expect(inspection.list()).toMatchObject([
      { state: "running", sinceMs: first.at, lastEvent: "task.started", deadlines: [{ name: "cooldown", atMs: 77 }] },
    ]);
    hear("agent/coder", started("t2"));
    expect(inspection.list()[0]).toMatchObject({ state: "running", sinceMs: first.at });
    inspection.gone("agent/coder");
    expect(inspection.list()).toEqual([]);
  });

  it("tells definitions before snapshots, also of actors that are born later", async () => {
    const { clock, birth, hear, heard, watch } = watched();
    birth("coder");
    using _watching = watch();
    expect(brief(heard)).toEqual(["actor agent/coder", "snapshot agent/coder idle"]);
    heard.length = 0;
    birth("writer");
    hear("agent/writer", started("t1"));
    expect(heard).toEqual([]);
    await clock.advance(80);
    expect(brief(heard)).toEqual([
      "actor agent/writer",
      "event agent/writer task.started",
      "snapshot agent/writer running",
    ]);
  });

  it("tells every event but only the newest snapshot, unless an actor is watched in full", async () => {
    const { clock, birth, hear, heard, inspection, watch } = watched();
    birth("coder");
    const full: InspectionMessage[] = [];
    using _all = watch();
    using _one = inspection.watch(["agent/coder"], (message) => full.push(message));
    heard.length = 0;
    full.length = 0;
    hear("agent/coder", started("t1"));
    hear("agent/coder", failed("t1"));
    await clock.advance(80);
    expect(brief(heard)).toEqual([
      "event agent/coder task.started",
      "event agent/coder task.attempt_failed",
      "snapshot agent/coder blocked",
    ]);
    expect(brief(full)).toEqual([
      "event agent/coder task.started",
      "snapshot agent/coder running",
      "event agent/coder task.attempt_failed",
      "snapshot agent/coder blocked",
    ]);
  });

  it("tells a watcher of one actor nothing about the others", async () => {
    const { clock, birth, hear, heard, watch } = watched();
    birth("coder");
    birth("writer");
    using _watching = watch("agent/coder");
    hear("agent/writer", started("t1"));
    await clock.advance(80);
    expect(brief(heard)).toEqual(["actor agent/coder", "snapshot agent/coder idle"]);
  });

  it("shows the last state of an actor that is gone before it was told", async () => {
    const { clock, birth, hear, heard, inspection, watch } = watched();
    using _watching = watch();
    birth("coder");
    hear("agent/coder", started("t1"));
    inspection.gone("agent/coder");
    await clock.advance(80);
    expect(brief(heard).at(-1)).toBe("snapshot agent/coder running");
  });

  it("says how many moves were lost when more happen than it keeps, and still tells the newest state", async () => {
    const { clock, birth, hear, heard, watch } = watched({ capacity: 3 });
    birth("coder");
    using _watching = watch();
    heard.length = 0;
    for (let n = 1; n <= 10; n++) hear("agent/coder", started(`t${n}`));
    await clock.advance(80);
    expect(heard[0]).toEqual({ type: "@aios.dropped", count: 7 });
    expect(heard.at(-1)).toMatchObject({ snapshot: { context: { active: { length: 10 } } } });
  });

  it("arms no timer and keeps no move while nobody watches", async () => {
    const { clock, birth, hear, heard, watch } = watched();
    birth("coder");
    hear("agent/coder", started("t1"));
    const watching = watch();
    hear("agent/coder", failed("t1"));
    watching[Symbol.dispose]();
    heard.length = 0;
    await clock.advance(1000);
    expect(heard).toEqual([]);
    using _again = watch();
    expect(brief(heard)).toEqual(["actor agent/coder", "snapshot agent/coder blocked"]);
  });

  it("goes on when a watcher throws", async () => {
    const { clock, birth, hear, heard, inspection, watch } = watched();
    birth("coder");
    using _broken = inspection.watch([], () => {
      throw new Error("gone");
    });
    using _sound = watch();
    heard.length = 0;
    expect(() => hear("agent/coder", started("t1"))).not.toThrow();
    await clock.advance(80);
    expect(brief(heard)).toEqual(["event agent/coder task.started", "snapshot agent/coder running"]);
  });

  it("carries the definition as text, without context or code", () => {
    const { birth, heard, watch } = watched();
    birth("coder");
    using _watching = watch();
    const text = heard[0]?.["definition"];
    assert(typeof text === "string");
    const definition: unknown = JSON.parse(text);
    expect(definition).toMatchObject({ id: "agent", initial: "idle" });
    expect(definition).not.toHaveProperty("context");
    expect(definition).toHaveProperty(["states", "running", "on", "task.started"]);
    expect(definition).toMatchObject({ states: { idle: { entry: { type: "tellMove", params: { to: "idle" } } } } });
  });

  it("never lets keys, messages or inputs out, in contexts, events, definitions or lists", async () => {
    const { clock, birth, hear, heard, inspection, watch } = watched();
    birth("coder");
    const order = facts.matched("r1", { why: [SECRET], target: { kind: "file", id: `/in/${SECRET}` } });
    const run = createActor(remediationMachine, { input: { order, paused: false } }).start();
    inspection.born("remediation/r1", remediationMachine, run.getSnapshot(), 1);
    using _watching = watch();
    hear("agent/coder", started("t1"));
    hear("agent/coder", failed("t1"));
    await clock.advance(80);
    const told = JSON.stringify([heard, inspection.list()]);
    expect(told).not.toContain(SECRET);
    expect(told).toContain('"exitCode":2');
    expect(told).toContain('"target":{"kind":"file"}');
  });
});
