import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/actions/index.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { importEvent } from "../../../src/ingest/earlier/event.ts";
import { importPlaybook } from "../../../src/ingest/earlier/playbook.ts";
import { recordsOf } from "../../../src/ingest/earlier/shapes.ts";
import { nodeHash } from "../../../src/platform/hash.ts";

const keywords = {
  id: "PB 7: rotate (logs)",
  name: "Rotate",
  trigger: { rule: "log", keywords: ["log too large", "size (MB) exceeded"], severity: ["ERR"] },
  action: {
    type: "auto",
    command: "logrotate -f /etc/logrotate.d/app",
    risk: "low",
    verify_command: "test -s app.log",
  },
  cooldown_min: 1.5,
};
const steps = {
  name: "again",
  trigger: { event_type: "task_failed", conditions: { error_type: { $in: ["ETIMEDOUT"] }, mood: "bad" } },
  actions: [{ type: "log", message: "trying {task} again" }, { type: "restart_task" }, { type: "ponder" }],
  priority: "critical",
};

function mapped(record: unknown) {
  const imported = importPlaybook(record);
  if (imported.kind === "refused") throw new Error(imported.why);
  return imported;
}

const notesOf = (record: unknown) => mapped(record).notes.join(" ");
const whyOf = (record: unknown) => {
  const imported = importPlaybook(record);
  return imported.kind === "refused" ? imported.why : `it was mapped: ${JSON.stringify(imported.document)}`;
};

describe("an earlier playbook", () => {
  it("that matched words becomes one that matches them as they are, disabled, and says what is not the same", () => {
    const { document, id } = mapped(keywords);
    expect(id).toBe("pb_7_rotate_logs");
    expect(document).toMatchObject({
      enabled: false,
      cooldownMs: 90_000,
      trigger: { event_type: "task.failed" },
      actions: [{ type: "run_command", params: { command: "pb-7-rotate-logs" } }],
      grants: ["exec:pb-7-rotate-logs"],
      validation: { check: "none" },
    });
    const condition = { event: { type: "task.failed", data: { error: { message: "Size (MB) EXCEEDED by 3" } } } };
    const { rules } = compileRules([{ file: id, text: JSON.stringify(document) }], { catalogue, hash: nodeHash });
    expect(rules[0]?.matches(condition)).toBe(true);
    expect(notesOf(keywords)).toContain("logrotate -f /etc/logrotate.d/app");
    expect(notesOf(keywords)).toContain("test -s app.log");
  });

  it("that only said something says it, and never becomes a command line", () => {
    const saying = { ...keywords, action: { type: "auto", command: "echo 'too large'" } };
    expect(mapped(saying).document["actions"]).toEqual([
      { type: "notify", params: { channel: "log", text: "too large" } },
    ]);
    const smuggling = { ...keywords, action: { type: "auto", command: "echo x; rm -rf /" } };
    expect(mapped(smuggling).document["actions"]).toMatchObject([{ type: "run_command" }]);
  });

  it("with steps keeps those that exist here, and lists the steps and conditions that do not", () => {
    expect(mapped(steps).document).toMatchObject({
      priority: "P0",
      trigger: {
        event_type: "task.failed",
        conditions: { all: [{ path: "event.data.error.code", in: ["ETIMEDOUT"] }] },
      },
      actions: [{ type: "notify" }, { type: "retry_task", target: { $ref: "event.data.taskId" } }],
      validation: { check: "task_succeeded" },
    });
    expect(notesOf(steps)).toMatch(/"ponder" has no counterpart/);
    expect(notesOf(steps)).toMatch(/"mood" is dropped/);
    expect(notesOf(steps)).toMatch(/Nothing is filled into the message/);
  });

  it("about an event of its own listens to what its imported events are called", () => {
    const own = { ...steps, trigger: { event: "CodeError", conditions: { file: "x" } } };
    expect(mapped(own).document["trigger"]).toEqual({
      event_type: "legacy.code_error",
      conditions: { all: [{ path: "event.data.file", eq: "x" }] },
    });
  });

  it.each([
    ["no keywords", { ...keywords, trigger: { keywords: ["  "], severity: ["ERR"] } }, "match whatever fails"],
    ["no command", { ...keywords, action: { type: "auto" } }, "do nothing"],
    ["no event", { ...steps, trigger: { interval: "30s" } }, "match everything"],
    ["no step that exists here", { ...steps, actions: [{ type: "ponder" }] }, "none of its steps exists"],
    [
      "only conditions that mean nothing",
      { ...steps, trigger: { event: "error", conditions: { x: 1 } } },
      "none of its conditions",
    ],
    [
      "a condition that cannot be read",
      { ...steps, trigger: { event: "error", conditions: { value: { $near: 1 } } } },
      "none of its conditions",
    ],
    [
      "an action in words that means nothing here",
      { name: "n", trigger: "failure", action: "ponder" },
      "no counterpart",
    ],
    [
      "an event in words that nothing publishes",
      { name: "n", trigger: "new_info", action: "retry" },
      "Nothing here publishes",
    ],
    ["no shape at all", { id: 7 }, "no shape"],
    ["nothing", null, "no shape"],
  ])("with %s is refused", (_, record, why) => {
    expect(whyOf(record)).toContain(why);
  });

  it("that is mapped is one the engine loads", () => {
    const records = [keywords, steps, { name: "t", trigger: "TimeoutError", action: "increase_timeout_and_restart" }];
    const files = records.map(mapped).map(({ id, document }) => ({ file: id, text: JSON.stringify(document) }));
    expect(compileRules(files, { catalogue, hash: nodeHash }).refused).toEqual([]);
  });

  it("is found in a list, in a document of many, and alone", () => {
    expect([recordsOf([1, 2]), recordsOf({ playbooks: [1] }), recordsOf({ name: "x" })]).toEqual([
      [1, 2],
      [1],
      [{ name: "x" }],
    ]);
  });
});

describe("an earlier event", () => {
  it.each([
    [
      "of the bus",
      { id: "e1", type: "resource.cpu_high", source: "s", timestamp: 0, payload: { usage: 92, severity: "high" } },
    ],
    [
      "of the main log",
      { ts: "1970-01-01T00:00:00", event: "resource.cpu_high", severity: "ERR", payload: { usage: 92 } },
    ],
    [
      "of the error log",
      { ts: "1970-01-01T00:00:00Z", event_type: "resource.cpu_high", severity: "high", data: { usage: 92 } },
    ],
  ])("%s keeps its time, its severity and its data, under a type that is none of ours", (_, record) => {
    expect(importEvent(record, 4)).toMatchObject({
      kind: "event",
      event: {
        type: "legacy.resource.cpu_high",
        time: "1970-01-01T00:00:00.000Z",
        severity: "error",
        data: { usage: 92 },
        id: "id" in record ? "e1" : "line-4",
      },
    });
  });

  it("never becomes a fix, a score or a task of this engine, whatever it is called", () => {
    for (const type of ["task.succeeded", "playbook.settled", "score.updated", "…", "a..b", "-1"]) {
      const imported = importEvent({ type, timestamp: 0, payload: {} }, 1);
      expect(imported.kind === "event" && imported.event.type).toMatch(/^legacy(\.[a-z][a-z0-9_]*)+$/);
    }
  });

  it("without a type, a time or a payload is refused", () => {
    for (const record of [{ type: "x", timestamp: 0 }, { event: "x", payload: {} }, 3, null])
      expect(importEvent(record, 1)).toMatchObject({ kind: "refused" });
  });
});
