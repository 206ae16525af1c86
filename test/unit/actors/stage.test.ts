import { describe, expect, it } from "vitest";
import { assign, createActor, emit, enqueueActions, log, raise, setup } from "xstate";
import { Stage } from "../../../src/actors/stage.ts";
import { announce, type Output } from "../../../src/machines/output.ts";

type Told = { readonly type: "TOLD" | "OVER"; readonly at: number; readonly data: { readonly word: string } };

/** Says each word it is told before it keeps it, and cannot keep "poison". */
const keeping = setup({
  types: {
    context: {} as { readonly words: readonly string[] },
    events: {} as Told,
    input: {} as { readonly first: string },
    emitted: {} as Output,
  },
  actions: {
    say: emit(({ event }) => announce("agent.reset", { agentId: "a", by: "test", reason: event.data.word })),
    keep: assign({
      words: ({ context, event }) => {
        if (event.data.word === "poison") throw new Error("it cannot digest poison");
        return [...context.words, event.data.word];
      },
    }),
  },
}).createMachine({
  id: "keeping",
  context: ({ input }) => {
    if (input.first === "poison") throw new Error("it cannot begin with poison");
    return { words: [input.first] };
  },
  initial: "open",
  states: {
    open: { on: { TOLD: { actions: ["say", "keep"] }, OVER: "over" } },
    over: { type: "final" },
  },
});

const told = (word: string) => ({ type: "TOLD", at: 1, data: { word } }) as never;
const said = (outputs: readonly Output[]) =>
  outputs.flatMap((output) => (output.type === "announce" && "reason" in output.data ? [output.data.reason] : []));

describe("the stage of a machine", () => {
  it("leads every actor from its own value, and leaves the values before as they were", () => {
    const stage = new Stage(keeping);
    const a = stage.begin({ first: "a" }).snapshot;
    const b = stage.begin({ first: "b" }).snapshot;
    const next = stage.step(a, told("x"));
    expect(next.snapshot.context).toEqual({ words: ["a", "x"] });
    expect(said(next.outputs)).toEqual(["x"]);
    expect(stage.step(b, told("y")).snapshot.context).toEqual({ words: ["b", "y"] });
    expect([a.context, b.context]).toEqual([{ words: ["a"] }, { words: ["b"] }]);
  });

  it("throws what the machine throws, and nothing of that step is heard with the next one", () => {
    const stage = new Stage(keeping);
    const a = stage.begin({ first: "a" }).snapshot;
    expect(() => stage.step(a, told("poison"))).toThrow("it cannot digest poison");
    const next = stage.step(a, told("x"));
    expect(next.snapshot.context).toEqual({ words: ["a", "x"] });
    expect(said(next.outputs)).toEqual(["x"]);
    expect(() => stage.begin({ first: "poison" })).toThrow("it cannot begin with poison");
  });

  it("says that a machine has reached its end", () => {
    const stage = new Stage(keeping);
    const over = stage.step(stage.begin({ first: "a" }).snapshot, { type: "OVER", at: 1 });
    expect(over.snapshot.status).toBe("done");
  });

  it("takes up a value that was written down as an actor of its own would", () => {
    const stage = new Stage(keeping);
    const persisted = keeping.getPersistedSnapshot(stage.begin({ first: "a" }).snapshot);
    const alone = createActor(keeping, { snapshot: persisted, input: { first: "never" } }).start();
    alone.send(told("x"));
    const next = stage.step(stage.restored(persisted), told("x")).snapshot;
    expect(JSON.stringify(next)).toBe(JSON.stringify(alone.getSnapshot()));
  });

  it("takes up actors that stand in one state each with its own context", () => {
    const stage = new Stage(keeping);
    const persisted = (word: string) => keeping.getPersistedSnapshot(stage.begin({ first: word }).snapshot);
    const [a, b] = [stage.restored(persisted("a")), stage.restored(persisted("b"))];
    const alone = createActor(keeping, { snapshot: persisted("b"), input: { first: "never" } }).getSnapshot();
    expect(Object.keys(b)).toEqual(Object.keys(alone));
    expect(b._nodes.map(({ id }: { readonly id: string }) => id)).toEqual(alone._nodes.map(({ id }) => id));
    expect(JSON.stringify(b)).toBe(JSON.stringify(alone));
    expect(a.context).toEqual({ words: ["a"] });
    expect(a.children).not.toBe(b.children);
  });

  it("lets a machine raise an event within its step", () => {
    const machine = setup({ actions: { go: raise({ type: "GO" }) } }).createMachine({
      initial: "a",
      states: { a: { entry: "go", on: { GO: "b" } }, b: {} },
    });
    expect(new Stage(machine).begin(undefined).snapshot.value).toBe("b");
  });

  it.each([
    ["delays", { after: { 5: "b" } }],
    ["invokes", { invoke: { src: "other" } }],
    ["sends", { entry: "send" }],
    ["logs", { entry: "log" }],
  ])("refuses a machine that %s by itself", (_, a) => {
    const machine = setup({
      actors: { other: keeping },
      actions: {
        log: log("heard by nobody"),
        send: enqueueActions(({ enqueue, self }) => enqueue.sendTo(self, { type: "HELLO" })),
      },
    }).createMachine({ id: "wilful", initial: "a", states: { a: a as object, b: {} } });
    expect(() => new Stage(machine).begin({ first: "x" })).toThrow('machine "wilful" delays, spawns or sends');
  });
});
