import { describe, expect, it } from "vitest";
import { Symptoms } from "../../../src/actors/symptoms.ts";
import { configSchema } from "../../../src/config.ts";
import type { EventData, EventType } from "../../../src/events/catalog.ts";
import type { Output } from "../../../src/machines/output.ts";
import { facts, Story } from "../../support/story.ts";

const settings = configSchema.parse({}).detectors;

/** A detector and the story that it hears. */
function listening(more: Partial<typeof settings> = {}) {
  let symptoms = new Symptoms({ ...settings, ...more });
  const story = new Story();
  const told: { readonly event: string; readonly data: unknown }[] = [];
  const asked: Output[] = [];
  const hear = (event: Parameters<Symptoms["hear"]>[0]) => {
    for (const output of symptoms.hear(event)) {
      if (output.type === "announce") told.push({ event: output.event, data: output.data });
      else asked.push(output);
    }
  };
  return {
    story,
    told,
    asked,
    tell: <T extends EventType>(type: T, data: EventData<T>) => hear(story.tell(type, data) as never),
    /** Goes on from what a checkpoint holds. */
    resume: () => {
      const written: unknown = JSON.parse(
        JSON.stringify(symptoms.state.snapshot(), (_, value: unknown) =>
          value !== null && typeof value === "object" && "make" in value ? (value.make as () => unknown)() : value,
        ),
      );
      symptoms = new Symptoms({ ...settings, ...more });
      symptoms.state.restore(written);
    },
    speedOf: (model: string, calls: number) => symptoms.speedOf("coder", model, calls),
  };
}

const call = (tool: string, hash: string): EventData<"task.tool_called"> => ({
  agentId: "coder",
  taskId: "t",
  attempt: 1,
  tool,
  call: hash,
});
const exit = (expected: boolean): EventData<"agent.process_exited"> => ({
  agentId: "coder",
  pid: 7,
  startTime: "1",
  exitCode: expected ? 0 : 1,
  signal: null,
  expected,
});
const used = (model: string, durationMs: number): EventData<"task.usage"> => ({
  agentId: "coder",
  taskId: "t",
  attempt: 1,
  usage: { model, durationMs },
});

describe("tool calls", () => {
  it("that are the same too often in one attempt are told once, others never", () => {
    const { tell, told } = listening();
    tell("task.started", facts.started("t"));
    for (let turn = 0; turn < 20; turn++) tell("task.tool_called", call("search", `other-${turn}`));
    expect(told).toEqual([]);
    for (let turn = 0; turn < 10; turn++) tell("task.tool_called", call("search", "same"));
    expect(told).toMatchObject([{ event: "agent.repeating", data: { tool: "search", times: 5, within: 12 } }]);
    tell("task.attempt_failed", facts.attemptFailed("t"));
    tell("task.started", facts.started("t", 2));
    for (let turn = 0; turn < 5; turn++) tell("task.tool_called", call("search", "same"));
    expect(told).toHaveLength(2);
  });

  it("that alternate are a loop as well, and a checkpoint forgets none of them", () => {
    const { tell, told, resume } = listening();
    tell("task.started", facts.started("t"));
    for (let turn = 0; turn < 4; turn++) {
      tell("task.tool_called", call("read", "a"));
      tell("task.tool_called", call("write", "b"));
    }
    expect(told).toEqual([]);
    resume();
    tell("task.tool_called", call("read", "a"));
    expect(told).toMatchObject([{ event: "agent.repeating" }]);
  });
});

describe("silence", () => {
  const look = (dueAtMs: number) => ({ actor: "reflex/symptoms", name: "stall.t", dueAtMs });

  it("is a stall once an attempt that had reported says nothing for as long as is allowed", () => {
    const { tell, told, asked, story } = listening();
    tell("task.started", facts.started("t"));
    expect(asked).toEqual([]);
    tell("task.progress", { agentId: "coder", taskId: "t", attempt: 1 });
    const [first] = asked;
    expect(first).toMatchObject({ type: "deadline", name: "stall.t", atMs: story.at + settings.stallMs });
    story.wait(60_000);
    tell("task.tool_called", call("search", "a"));
    story.wait(60_000);
    tell("deadline.fired", look(story.at));
    expect(told).toEqual([]);
    expect(asked).toHaveLength(2);
    story.wait(60_000);
    tell("deadline.fired", look(story.at));
    expect(told).toMatchObject([{ event: "agent.stalled", data: { taskId: "t", silentMs: 120_000 } }]);
  });

  it("means nothing once the attempt is over, and its deadline is dropped", () => {
    const { tell, told, asked, story } = listening();
    tell("task.started", facts.started("t"));
    tell("task.progress", { agentId: "coder", taskId: "t", attempt: 1 });
    tell("task.succeeded", facts.succeeded("t"));
    expect(asked.at(-1)).toEqual({ type: "drop_deadline", name: "stall.t" });
    story.wait(settings.stallMs);
    tell("deadline.fired", look(story.at));
    expect(told).toEqual([]);
  });
});

describe("output", () => {
  const line: EventData<"task.log"> = { agentId: "coder", taskId: "t", attempt: 1, message: "x" };

  it("is a flood where more lines come in a time than are allowed, and not when they come slowly", () => {
    const { tell, told, story } = listening({ flood: { lines: 10, withinMs: 1_000 } });
    tell("task.started", facts.started("t"));
    for (let n = 0; n < 30; n++) {
      story.wait(200);
      tell("task.log", line);
    }
    expect(told).toEqual([]);
    for (let n = 0; n < 30; n++) {
      story.wait(10);
      tell("task.log", line);
    }
    expect(told).toMatchObject([{ event: "agent.flooding", data: { taskId: "t" } }]);
  });
});

describe("an agent", () => {
  it("crashes in a loop when its processes end badly again and again, with the configuration that last worked", () => {
    const { tell, told, story } = listening();
    tell("task.started", { ...facts.started("t"), configVersion: 3 });
    tell("task.succeeded", facts.succeeded("t"));
    for (let n = 0; n < 3; n++) {
      tell("task.started", { ...facts.started("u"), configVersion: 4 });
      story.wait(1_000);
      tell("agent.process_exited", exit(false));
      tell("task.attempt_failed", facts.attemptFailed("u", n + 1, { reason: "exit" }));
      tell("agent.process_exited", exit(true));
    }
    expect(told).toMatchObject([
      { event: "agent.crash_looping", data: { exits: 3, taskId: "u", configVersion: 4, goodVersion: 3 } },
    ]);
  });

  it("crashes in a loop without any task as well, and is told so at once", () => {
    const { tell, told } = listening();
    for (let n = 0; n < 3; n++) tell("agent.process_exited", exit(false));
    expect(told).toEqual([{ event: "agent.crash_looping", data: { agentId: "coder", exits: 3, withinMs: 0 } }]);
  });

  it("does not when a task was done between them, or when they are far apart", () => {
    const { tell, told, story } = listening();
    for (let n = 0; n < 6; n++) {
      tell("task.started", facts.started("t"));
      tell("agent.process_exited", exit(false));
      if (n % 2 === 0) tell("task.succeeded", facts.succeeded("t"));
      else story.wait(settings.crashes.withinMs + 1);
    }
    expect(told).toEqual([]);
  });

  it("is slow when its model calls leave their habit, once until they are well again, each model by itself", () => {
    const { tell, told, speedOf } = listening();
    tell("task.started", facts.started("t"));
    for (let n = 0; n < 25; n++) tell("task.usage", used("big", 500));
    for (let n = 0; n < 3; n++) tell("task.usage", used("small", 9_000));
    for (let n = 0; n < 2; n++) tell("task.usage", used("big", 4_000));
    expect(told).toEqual([]);
    for (let n = 0; n < 6; n++) tell("task.usage", used("big", 4_000));
    expect(told).toMatchObject([
      { event: "agent.slow", data: { model: "big", medianMs: 4_000, limitMs: 1_500, habitMs: 500 } },
    ]);
    expect(speedOf("big", 5)).toBe(4_000);
    expect(speedOf("small", 5)).toBeUndefined();
    for (let n = 0; n < 5; n++) tell("task.usage", used("big", 400));
    for (let n = 0; n < 5; n++) tell("task.usage", used("big", 4_000));
    expect(told).toHaveLength(2);
  });

  it("is slow by its budget before there is any habit", () => {
    const { tell, told } = listening({ slow: { ...settings.slow, calls: 3, budgetMs: 100 } });
    tell("task.started", facts.started("t"));
    for (let n = 0; n < 3; n++) tell("task.usage", used("big", 150));
    expect(told).toMatchObject([{ event: "agent.slow", data: { limitMs: 100, calls: 3 } }]);
  });
});

describe("the end of an attempt", () => {
  const failed = (error: object) => facts.attemptFailed("t", 1, { error: { message: "", ...error } });

  it("says how long to wait: as the upstream asked, else as configured", () => {
    const { tell, told } = listening();
    tell("task.attempt_failed", failed({ status: 429, retryAfterMs: 70 }));
    tell("task.attempt_failed", failed({ status: 429 }));
    expect(told).toMatchObject([
      { event: "agent.rate_limited", data: { status: 429, retryAfterMs: 70 } },
      { event: "agent.rate_limited", data: { retryAfterMs: 5_000 } },
    ]);
  });

  it("is an outage from the second failure in a row of one model, never of two, nor with a success between", () => {
    const { tell, told } = listening();
    const down = (model: string) => tell("task.attempt_failed", failed({ status: 503, model }));
    down("a");
    down("b");
    tell("task.started", facts.started("u"));
    tell("task.succeeded", facts.succeeded("u"));
    down("b");
    expect(told).toEqual([]);
    down("b");
    expect(told).toMatchObject([{ event: "agent.provider_down", data: { model: "b", status: 503, failures: 2 } }]);
  });

  it("tells the other symptoms with what is known of them", () => {
    const { tell, told } = listening();
    tell("task.attempt_failed", failed({ code: "context_length_exceeded", limit: 100 }));
    tell("task.attempt_failed", failed({ code: "tool_arguments_malformed" }));
    tell("task.attempt_failed", failed({ code: "insufficient_quota", status: 429 }));
    const contained = { ended: [1, 2], remaining: [], signal: "SIGTERM" };
    tell("task.attempt_failed", { ...failed({}), reason: "timeout", durationMs: 900, contained });
    tell("task.attempt_failed", failed({ code: "ENOENT" }));
    expect(told).toMatchObject([
      { event: "agent.context_exceeded", data: { limit: 100 } },
      { event: "agent.output_malformed", data: { code: "tool_arguments_malformed" } },
      { event: "agent.quota_spent", data: { status: 429 } },
      { event: "agent.hung", data: { ranMs: 900, ended: 2 } },
    ]);
  });
});
