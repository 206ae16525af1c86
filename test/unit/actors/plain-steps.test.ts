import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  assign,
  createActor,
  emit,
  enqueueActions,
  fromTransition,
  raise,
  setup,
} from "xstate";
import { PlainSteps } from "../../../src/actors/plain-steps.ts";
import { Stage } from "../../../src/actors/stage.ts";
import { agentMachine } from "../../../src/machines/agent.ts";
import { schedulerMachine } from "../../../src/machines/scheduler.ts";
import { expectSameStep } from "../../support/machine-walk.ts";

interface Says {
  readonly type: string;
  readonly word: string;
}

interface Context {
  readonly words: readonly string[];
  readonly count: number;
}

interface Queueing {
  readonly context: Context;
  readonly enqueue: { assign(made: object): void; emit(said: unknown): void };
}

/** What is enqueued is carried out after all of it is known, and reads the context as it is by then. */
function sayAndKeep({ context, enqueue }: Queueing, { word }: { readonly word: string }) {
  enqueue.assign({ words: ({ context: now }: Queueing) => [...now.words, `${word}+`], count: 7 });
  enqueue.emit({ type: "both", word: `${word} of ${context.count}` });
  enqueue.emit(({ context: now }: Queueing) => ({ type: "later", word: now.words.join() }));
}

/** Actions whose order shows: each reads what those before it have left. */
const base = setup({
  types: { context: {} as Context, events: {} as { readonly type: "go" | "stay" | "other" }, emitted: {} as Says },
  actions: {
    keep: assign({ words: ({ context }) => [...context.words, "kept"] }),
    count: assign(({ context }) => ({ count: context.count + 1 })),
    say: emit(({ context }) => ({ type: "said", word: context.words.join() })),
    both: enqueueActions(sayAndKeep as never),
    fail: () => {},
    again: raise({ type: "go" }),
  },
  guards: { even: ({ context }) => context.count % 2 === 0 },
});

const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant("both"), word: fc.constantFrom("x", "y") }),
  },
  { weight: 9, arbitrary: fc.constantFrom({ type: "count" }, { type: "keep" }, { type: "say" }) },
  { weight: 1, arbitrary: fc.constant({ type: "fail" }) },
);
const actions = fc
  .array(action, { maxLength: 3 })
  .map((list) => list.map((one) => ("word" in one ? { type: one.type, params: { word: one.word } } : one.type)));
const way = (target: fc.Arbitrary<string | undefined>) =>
  fc
    .record({ target, actions, reenter: fc.boolean(), guard: fc.constantFrom(undefined, "even") })
    .map(({ target: to, guard, ...rest }) => ({
      ...rest,
      ...(to === undefined ? {} : { target: to }),
      ...(guard === undefined ? {} : { guard }),
    }));
const ways = (target: fc.Arbitrary<string | undefined>) =>
  fc.dictionary(
    fc.constantFrom("go", "go.*", "go.on.*", "stay", "*"),
    fc.array(way(target), { minLength: 1, maxLength: 2 }),
    {
      maxKeys: 4,
    },
  );
const state = fc.record({
  entry: actions,
  exit: actions,
  tags: fc.subarray(["t", "u"]),
  on: ways(fc.constantFrom(undefined, "a", "b", "c", "deep", "end")),
});
const config = fc.record({
  root: ways(fc.constantFrom(undefined, ".a", ".b", ".c", ".deep")),
  of: fc.record({ a: state, b: state, c: state }),
});

function machineOf({ root, of }: { readonly root: object; readonly of: object }): AnyStateMachine {
  const machine: unknown = base.createMachine({
    id: "made",
    context: { words: [], count: 0 },
    initial: "a",
    on: root,
    states: { ...of, deep: { initial: "in", states: { in: { on: { go: "#made.a" } } } }, end: { type: "final" } },
  } as never);
  return machine as AnyStateMachine;
}

function plainOf(machine: AnyStateMachine) {
  const self = createActor(fromTransition((one: undefined) => one, undefined));
  return new PlainSteps(machine, { self, system: self.system });
}

const event = fc.constantFrom("go", "go.on", "go.on.and", "gone", "stay", "other");

describe("the plain steps of a machine", () => {
  it("are those that XState takes, of any machine whose states lie beside each other", () => {
    fc.assert(
      fc.property(config, fc.array(event, { maxLength: 8 }), (made, events) => {
        const stage = new Stage(machineOf(made));
        let snapshot: AnyMachineSnapshot = stage.begin(undefined).snapshot;
        for (const type of events) {
          if (snapshot.status !== "active") break;
          expectSameStep(stage, snapshot, { type });
          snapshot = stage.step(snapshot, { type }).snapshot;
        }
      }),
      { numRuns: 400 },
    );
  });

  it("are taken by the machine that most events concern", () => {
    const policy = { failureThreshold: 3, cooldownMs: 1_000, openMs: 5_000, archiveAfterProbes: 2 };
    const idle = new Stage(agentMachine).begin({ agentId: "a", policy }).snapshot;
    const reset = { type: "agent.reset", at: 1, data: { agentId: "a", by: "me", reason: "asked" } };
    expect(plainOf(agentMachine).take(idle, reset)?.snapshot.value).toBe("idle");
  });

  it("do not have XState remember each deadline that ever came", () => {
    const machine = schedulerMachine.provide({});
    const from = new Stage(machine).begin({ maxConcurrent: 1 }).snapshot;
    machine.getTransitionData = () => {
      throw new Error("XState was asked, and forgets no type that it was asked about");
    };
    const plain = plainOf(machine);
    for (let task = 0; task < 1_000; task++)
      expect(plain.take(from, { type: `DEADLINE.timeout.task-${task}` })).toEqual({ snapshot: from, outputs: [] });
  });

  it.each([
    ["a final state", { on: { go: "end" } }],
    ["an event that is raised", { on: { go: { actions: "again" } } }],
    ["an action that is not a value", { on: { go: { actions: "fail" } } }],
    ["one that XState goes on from by itself", { on: { go: "b" }, always: { guard: "even", target: "b" } }],
  ])("leave to XState %s", (_, a) => {
    const machine = machineOf({ root: {}, of: { a, b: {} } });
    const beginning = createActor(machineOf({ root: {}, of: { a: {}, b: {} } })).getSnapshot();
    const from = { ...beginning, machine, _nodes: [machine.root, machine.root.states["a"]] } as never;
    expect(plainOf(machine).take(from, { type: "go" })).toBeUndefined();
  });
});
