import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AgentsView } from "../../../src/actors/views/agents.ts";
import { TasksView } from "../../../src/actors/views/tasks.ts";
import { backlog } from "../../../src/actors/watches/backlog.ts";
import type { How, Sight } from "../../../src/actors/watches/watch.ts";
import { madeNow, Stored } from "../../../src/kernel/checkpointed.ts";
import { facts, Story } from "../../support/story.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const AGENTS = ["a", "b", "c", "nobody"] as const;
const SMALL = { capacity: 3, maxCharacters: 10_000 };
const settings = { fire: 2, clear: 0, maxConcurrency: 8 };

type Act =
  | {
      readonly act: "submit";
      readonly task: string;
      readonly agent: string | undefined;
      readonly on: readonly string[];
    }
  | { readonly act: "decide" | "schedule" | "start" | "fail once" | "fail" | "die"; readonly task: string }
  | { readonly act: "succeed" | "cancel" | "retry" | "progress"; readonly task: string }
  | { readonly act: "restart" }
  | { readonly act: "look"; readonly how: How };

const task = fc.integer({ min: 0, max: 14 }).map((n) => `t${n}`);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant("submit" as const),
      task,
      agent: fc.option(fc.constantFrom(...AGENTS), { nil: undefined, freq: 6 }),
      on: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.array(task, { maxLength: 2 })),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constantFrom(
        "decide" as const,
        "schedule" as const,
        "start" as const,
        "fail once" as const,
        "fail" as const,
        "die" as const,
        "succeed" as const,
        "cancel" as const,
        "retry" as const,
        "progress" as const,
      ),
      task,
    }),
  },
  { weight: 3, arbitrary: fc.constant({ act: "restart" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constant("look" as const), how: fc.constantFrom("glance", "closely") }),
  },
);

/** An engine's folds, as far as the watch sees them, that can be taken up from their checkpoint. */
class Life {
  readonly clock = new VirtualClock();
  readonly agents = new AgentsView();
  readonly #story = new Story(1_000);
  tasks = new TasksView(SMALL);
  /** Knows what was before: all of it has to be replaced. */
  #former = new TasksView(SMALL);

  constructor() {
    for (const id of ["a", "b", "c"]) this.agents.apply(this.#story.tell("agent.registered", facts.agent(id)));
  }

  restart(): void {
    [this.tasks, this.#former] = [this.#former, this.tasks];
    this.tasks.restore(JSON.parse(JSON.stringify(madeNow(this.#former.snapshot()))));
  }

  tell(doing: Exclude<Act, { readonly act: "restart" | "look" }>): void {
    this.#story.wait(7);
    this.tasks.apply(this.#event(doing));
  }

  #event(doing: Exclude<Act, { readonly act: "restart" | "look" }>) {
    const story = this.#story;
    const { act: what, task: id } = doing;
    const [passedOver, reason] = [[], "so"];
    switch (what) {
      case "submit":
        return story.tell("task.submitted", facts.submitted(id, { agentId: doing.agent, dependsOn: [...doing.on] }));
      case "decide":
        return story.tell("task.decided", { taskId: id, decision: { kind: "deferred", reason, passedOver } });
      case "schedule":
        return story.tell("task.decided", {
          taskId: id,
          decision: { kind: "scheduled", notBeforeMs: 9, reason, passedOver },
        });
      case "start":
        return story.tell("task.started", facts.started(id));
      case "progress":
        return story.tell("task.progress", { taskId: id, agentId: "a", attempt: 1, ratio: 0.5 });
      case "fail once":
        return story.tell("task.attempt_failed", facts.attemptFailed(id, 1, { retryAtMs: 9 }));
      case "fail":
        return story.tell("task.failed", facts.failed(id, "failed"));
      case "die":
        return story.tell("task.failed", facts.failed(id, "dead"));
      case "succeed":
        return story.tell("task.succeeded", facts.succeeded(id));
      case "cancel":
        return story.tell("task.cancelled", { taskId: id, by: "me", reason });
      case "retry":
        return story.tell("task.retried", facts.retried(id));
    }
  }
}

/** Every remembered task, gone through one by one. */
function countedAgain(tasks: TasksView): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { id, state, spec } of tasks.list()) {
    if (state !== "queued" || spec.agentId === undefined) continue;
    found.set(spec.agentId, (found.get(spec.agentId) ?? new Set()).add(id));
  }
  return found;
}

/** What a look sees that goes through every remembered task; `known` are those that had a backlog. */
function sightsCountedAgain({ tasks, agents, clock }: Life, known: Set<string>): readonly Sight[] {
  if (tasks.counts().queued < settings.fire && known.size === 0) return [];
  const counted = countedAgain(tasks);
  return [...new Set([...known, ...counted.keys()])].flatMap((agentId): readonly Sight[] => {
    if (agents.get(agentId) === undefined) return [];
    const ids = [...(counted.get(agentId) ?? [])];
    const [key, says] = [`backlog ${agentId}`, `${ids.length} tasks wait for ${agentId}`];
    if (ids.length < settings.fire) return [{ key, stands: ids.length <= settings.clear ? "well" : "between", says }];
    known.add(agentId);
    const oldest = Math.min(...ids.map((id) => tasks.get(id)?.submittedAtMs ?? Number.NaN));
    const data = {
      agentId,
      queued: ids.length,
      oldestMs: Math.max(0, clock.now() - oldest),
      concurrency: 1,
      wanted: 2,
    };
    return [{ key, stands: "bad", says, finding: { type: "watch.backlog", data }, subject: `agent/${agentId}` }];
  });
}

/** Sights in their order up to the place `ordered`, and by their keys from there. */
function inOrderUpTo(ordered: number, sights: readonly Sight[]): readonly Sight[] {
  const rest = sights.slice(ordered).toSorted((a, b) => a.key.localeCompare(b.key));
  return [...sights.slice(0, ordered), ...rest];
}

/** What was seen at every look of a life, and what would have been by going through every task. */
async function looksOf(life: Life, acts: readonly Act[]) {
  const known = new Set<string>();
  const [seen, expected]: [(readonly Sight[])[], (readonly Sight[])[]] = [[], []];
  const { clock, agents } = life;
  const tasks = new Proxy(life.tasks, { get: (_, name: keyof TasksView) => ofNow(life.tasks, name) });
  const watch = backlog(settings, { clock, agents, tasks });
  for (const doing of acts) {
    if (doing.act === "restart") life.restart();
    else if (doing.act !== "look") life.tell(doing);
    else {
      const sights = await watch.look(doing.how);
      const all = sightsCountedAgain(life, known);
      const had = (sight: Sight) => known.has(sight.key.slice("backlog ".length));
      const tellable = all.filter(had);
      const others = doing.how === "closely" ? all.filter((sight) => !had(sight)) : [];
      seen.push(inOrderUpTo(tellable.length, sights));
      expected.push(inOrderUpTo(tellable.length, [...tellable, ...others]));
    }
  }
  return { seen, expected };
}

describe("the watch of waiting tasks", () => {
  it("sees what going through every task would, in any life, and a glance all of it that could be told", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 100 }), async (acts) => {
        const life = new Life();
        const { seen, expected } = await looksOf(life, acts);
        expect(seen).toEqual(expected);
        expect(life.tasks.waiting()).toEqual(countedAgain(life.tasks));
      }),
      { numRuns: 500 },
    );
  });

  it("sees first whose newest task is the newest, when two backlogs begin at one look", async () => {
    const life = new Life();
    const submit = (task: string, agent: string) => life.tell({ act: "submit", task, agent, on: [] });
    submit("t1", "a");
    submit("t2", "b");
    submit("t3", "a");
    submit("t4", "b");
    const sights = await backlog(settings, life).look("glance");
    expect(sights.map(({ key }) => key)).toEqual(["backlog b", "backlog a"]);
  });

  it("reads of a checkpoint only the tasks that are queued, and not before it has to count", async () => {
    const lived = new TasksView();
    const story = new Story(1_000);
    for (const id of ["done", "queued", "under-way", "also-queued"])
      lived.apply(story.tell("task.submitted", facts.submitted(id)));
    lived.apply(story.tell("task.started", facts.started("done")));
    lived.apply(story.tell("task.succeeded", facts.succeeded("done")));
    lived.apply(story.tell("task.started", facts.started("under-way")));
    const { rows, ...rest } = madeNow(lived.snapshot()) as { rows: { apart: readonly { id: string }[] } };
    const read: string[] = [];
    const apart = rows.apart.map(
      (row) =>
        new Stored(() => {
          read.push(row.id);
          return JSON.stringify(row);
        }),
    );
    const tasks = new TasksView();
    tasks.restore({ ...rest, rows: { ...rows, apart } });
    const [clock, agents] = [new VirtualClock(), new AgentsView()];
    await backlog({ ...settings, fire: 3 }, { clock, agents, tasks }).look("glance");
    expect(read).toEqual([]);
    await backlog(settings, { clock, agents, tasks }).look("glance");
    expect(read).toEqual(["queued", "also-queued"]);
    expect([...(tasks.waiting().get("coder") ?? [])]).toEqual(["queued", "also-queued"]);
  });
});

/** A member of the view that holds now: an engine that starts again has another one. */
function ofNow(view: TasksView, name: keyof TasksView): unknown {
  const member: unknown = view[name];
  return typeof member === "function" ? (member.bind(view) as unknown) : member;
}
