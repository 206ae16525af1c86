import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { Stage } from "../../../src/actors/stage.ts";
import type { AgentFact } from "../../../src/domain/free-agent.ts";
import type { TaskSpec } from "../../../src/events/types/task.ts";
import type { Priority } from "../../../src/events/vocabulary.ts";
import { packed } from "../../../src/kernel/packed.ts";
import { schedulerMachine } from "../../../src/machines/scheduler.ts";
import type { SchedulerContext, SchedulerEvent, SchedulerFacts } from "../../../src/machines/scheduler-book.ts";
import { factsOf } from "../../support/agent-facts.ts";
import { heard } from "../../support/heard.ts";
import { type PlainScheduler, plainStep } from "../../support/plain-scheduler.ts";

const BEGIN = 20_000 * 86_400_000;
const agentIds = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] as const;
const capabilities = ["x", "y"] as const;

const index = fc.nat({ max: 1_000 });
/** Often one of the first, so that some have much that depends on them. */
const anyTask = fc.oneof(index, fc.nat({ max: 2 }));
const agentId = fc.constantFrom(...agentIds);
const fact: fc.Arbitrary<AgentFact> = fc.record({
  id: agentId,
  state: fc.constantFrom("idle", "running", "idle", "running", "blocked", "degraded"),
  breaker: fc.constantFrom("closed", "closed", "open", "half_open"),
  accepting: fc.constantFrom(true, true, true, false),
  capabilities: fc.subarray([...capabilities]),
  concurrency: fc.integer({ min: 1, max: 3 }),
  likelyToFail: fc.constantFrom(true, false),
});
/** What a task asks for: an agent, a capability, or nothing. */
const asks = fc.oneof(
  { weight: 3, arbitrary: fc.record({ agentId }) },
  { weight: 2, arbitrary: fc.record({ capability: fc.constantFrom(...capabilities, "unknown") }) },
  { weight: 1, arbitrary: fc.constant({}) },
);
const submission = fc.record({
  asks,
  urgency: index,
  needs: fc.array(anyTask, { maxLength: 2 }),
  depends: fc.nat({ max: 4 }),
});

/** What happens next. Indexes choose among the tasks that wait, run, or were ever there. */
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("submit" as const), tasks: fc.array(submission, { maxLength: 6 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("start" as const), of: index }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("succeed" as const), of: index, ms: fc.nat({ max: 9_000 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("fail" as const),
      of: index,
      retryMs: fc.option(fc.integer({ min: -5, max: 90_000 })),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("know" as const), facts: fc.array(fact, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("retry" as const), of: index, probe: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), of: index, waits: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cancelled" as const, "failed" as const), of: anyTask }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wake" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("restart" as const, "stop" as const, "timeout" as const), of: index }),
  },
);
const later = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 20_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60_000, max: 0 }) },
  { weight: 1, arbitrary: fc.constant(40_000_000) },
);
const life = fc.record({
  maxConcurrent: fc.constantFrom(1, 3, 8),
  priorities: fc.constantFrom<readonly Priority[]>(["P0"], ["P0", "P3"], ["P0", "P1", "P2", "P3"]),
  first: fc.uniqueArray(fact, { selector: ({ id }) => id, minLength: 2 }),
  queue: fc.array(submission, { maxLength: 60, size: "max" }),
  events: fc.array(fc.record({ happening, later }), { maxLength: 60, size: "max" }),
});

type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;
type Happening = Life["events"][number]["happening"];
type Plain = SchedulerEvent extends infer E ? (E extends SchedulerEvent ? Omit<E, "facts"> : never) : never;

/** Turns what happens into events, as they would be journaled by an engine that stands where `standing` does. */
class World {
  readonly #priorities: readonly Priority[];
  readonly #facts = new Map<string, AgentFact>();
  readonly #specs: TaskSpec[] = [];
  readonly #ends = new Map<string, "succeeded" | "failed">();
  atMs = BEGIN;

  constructor({ first, priorities }: Pick<Life, "first" | "priorities">) {
    this.#priorities = priorities;
    this.#know(first);
  }

  facts(): SchedulerFacts {
    return { agents: factsOf([...this.#facts.values()]), taskState: (id) => this.#ends.get(id) ?? "pending" };
  }

  eventsOf(what: Happening, { waiting, active }: SchedulerContext): readonly Plain[] {
    const at = this.atMs;
    const running = "of" in what ? [...active.values()][what.of % Math.max(1, active.size)] : undefined;
    const queued = "of" in what ? [...waiting.values()][what.of % Math.max(1, waiting.size)] : undefined;
    const spec = "of" in what ? this.#specs[what.of % Math.max(1, this.#specs.length)] : undefined;
    const about = running && attemptOf(running.task.id, running.agentId, running.attempt);
    switch (what.kind) {
      case "submit":
        return what.tasks.map((task) => this.submitted(task));
      case "start": {
        const config = { deadlineAtMs: at + 1_000, configVersion: 1, lessons: [] };
        if (about !== undefined)
          return [heard("task.started", { ...about, ...config, probe: running?.probe ?? false }, at)];
        // Decided by an older engine.
        if (queued === undefined) return [];
        return [heard("task.started", { ...attemptOf(queued.task.id, "a", 1), ...config, probe: false }, at)];
      }
      case "succeed":
        if (about === undefined) return [];
        this.#ends.set(about.taskId, "succeeded");
        return [heard("task.succeeded", { ...about, durationMs: what.ms, outputBytes: 0 }, at)];
      case "fail": {
        if (about === undefined) return [];
        const failed = { ...about, reason: "error", error: { message: "no" }, durationMs: 5 } as const;
        const again = what.retryMs === null ? {} : { retryAtMs: at + what.retryMs };
        return [heard("task.attempt_failed", { ...failed, ...again }, at)];
      }
      case "know":
        this.#know(what.facts);
        return [heard("agent.resumed", { agentId: "a", by: "me", reason: "on" }, at)];
      case "retry": {
        if (spec === undefined) return [];
        const again = { taskId: spec.id, by: "reactor", task: spec, attempts: 1, probe: what.probe };
        return [heard("task.retried", again, at)];
      }
      case "cancel": {
        const taskId = (what.waits ? queued : running)?.task.id;
        if (taskId === undefined) return [];
        return [heard("task.cancel_requested", { taskId, by: "me", reason: "enough" }, at)];
      }
      case "cancelled":
      case "failed":
        return spec === undefined ? [] : [this.#ended(what.kind, spec.id)];
      case "wake":
        return [{ type: "DEADLINE.wake", at }];
      case "timeout":
        return [{ type: `DEADLINE.timeout.${spec?.id ?? "none"}`, at }];
      case "stop":
        return [heard("engine.stopping", { reason: "x" }, at)];
      case "restart":
        return [heard("engine.started", { version: "1", node: "20", pid: 1, previous: "crashed" }, at)];
    }
  }

  submitted({ asks: wish, urgency, needs, depends }: Life["queue"][number]): Plain {
    const known = this.#specs.map(({ id }) => id);
    const task: TaskSpec = {
      id: `t${known.length}`,
      input: null,
      priority: this.#priorities[urgency % this.#priorities.length] ?? "P2",
      timeoutMs: 1_000,
      retries: 1,
      dependsOn: depends === 0 ? needs.flatMap((at) => known[at % Math.max(1, known.length)] ?? []) : [],
      onInterrupt: "retry",
      submittedBy: "me",
      ...wish,
    };
    this.#specs.push(task);
    return heard("task.submitted", { task }, this.atMs);
  }

  #ended(kind: "cancelled" | "failed", taskId: string): Plain {
    this.#ends.set(taskId, "failed");
    if (kind === "cancelled") return heard("task.cancelled", { taskId, by: "me", reason: "enough" }, this.atMs);
    const error = { message: "no", retryable: false };
    return heard("task.failed", { taskId, state: "failed", attempts: 0, reason: "dependency", error }, this.atMs);
  }

  #know(facts: readonly AgentFact[]): void {
    for (const one of facts) this.#facts.set(one.id, one);
  }
}

const attemptOf = (taskId: string, agent: string, attempt: number) => {
  return { taskId, agentId: agent, attempt, key: `${taskId}/${attempt}` };
};

/** As it would be written down, the order of members and entries included. */
const text = (value: unknown) => JSON.stringify(packed(value));
/** The same standing, of which nothing is known but what it says. */
const afresh = (snapshot: AnyMachineSnapshot) => {
  const context = snapshot.context as SchedulerContext;
  const copies = { waiting: new Map(context.waiting), active: new Map(context.active) };
  return { ...snapshot, context: structuredClone({ ...context, ...copies }) } as AnyMachineSnapshot;
};

function live({ maxConcurrent, queue, events, ...beginning }: Life): void {
  const world = new World(beginning);
  const stage = new Stage(schedulerMachine);
  let snapshot = stage.begin({ maxConcurrent }).snapshot;
  let plain: PlainScheduler = { state: "open", context: snapshot.context as SchedulerContext };
  const hear = (event: Plain) => {
    const told = { ...event, facts: world.facts() } as SchedulerEvent;
    const stepped = stage.step(snapshot, told);
    const expected = plainStep(plain, told);
    expect(text(stepped.outputs)).toBe(text(expected.outputs));
    expect(text(stepped.snapshot.context)).toBe(text(expected.next.context));
    expect(stepped.snapshot.value).toBe(expected.next.state);
    // What was left behind is as good as ever, and so is an equal value that nothing is known of.
    for (const before of [snapshot, afresh(snapshot)]) {
      const again = stage.step(before, told);
      expect(text([again.outputs, again.snapshot.context])).toBe(text([stepped.outputs, stepped.snapshot.context]));
    }
    snapshot = stepped.snapshot;
    plain = expected.next;
  };
  for (const task of queue) hear(world.submitted(task));
  for (const { happening: what, later: ms } of events) {
    world.atMs += ms;
    for (const event of world.eventsOf(what, plain.context)) hear(event);
  }
}

describe("a scheduler that looks at what an event touches", () => {
  it("decides, says and remembers at every event what one that looks at everything does", () => {
    fc.assert(fc.property(life, live), { numRuns: 40 });
  }, 60_000);
});
