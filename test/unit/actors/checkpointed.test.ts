import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { madeNow } from "../../../src/kernel/checkpointed.ts";
import { anyJournal } from "../../support/any-journal.ts";
import { eventful, eventfulLife } from "../../support/eventful-life.ts";
import { FoldedEngine } from "../../support/folded-engine.ts";

/** Where all events lead, and what would follow from there. */
async function whole(events: readonly AnyEvent[], atMs: number) {
  const engine = (await FoldedEngine.open(eventful, atMs)).hear(events);
  return { texts: engine.texts(), answers: engine.answers(), wakes: await engine.wakes() };
}

/** Where a checkpoint after the first `cut` events and the events from there on lead. */
async function resumed(events: readonly AnyEvent[], cut: number, atMs: number) {
  const before = (await FoldedEngine.open(eventful, atMs)).hear(events.slice(0, cut));
  const snapshots = before.snapshots();
  // Whoever changes in place what was handed out fails here: it is frozen.
  before.hear(events.slice(cut));
  const after = (await FoldedEngine.open(eventful, atMs)).restore(snapshots).hear(events.slice(cut));
  return { texts: after.texts(), answers: after.answers(), wakes: await after.wakes() };
}

async function expectTheSame(events: readonly AnyEvent[], cuts: readonly number[]): Promise<void> {
  const atMs = (events.at(-1)?.at ?? 0) + 1_000;
  const expected = await whole(events, atMs);
  for (const cut of cuts) {
    const found = await resumed(events, cut, atMs);
    for (const [name, text] of expected.texts) expect(found.texts.get(name), `${name}, cut at ${cut}`).toBe(text);
    expect(found.answers, `answers, cut at ${cut}`).toEqual(expected.answers);
    expect(found.wakes, `what follows, cut at ${cut}`).toEqual(expected.wakes);
  }
}

describe("every fold of the engine", () => {
  it("stands after a checkpoint and the rest of any journal where it stands after the whole of it", async () => {
    await fc.assert(
      fc.asyncProperty(anyJournal, fc.nat({ max: 100 }), ({ events }, percent) =>
        expectTheSame(events, [Math.floor((events.length * percent) / 100)]),
      ),
      { numRuns: 12 },
    );
  });

  it("does so all along a life in which something of everything happened", async () => {
    const { events } = await eventfulLife();
    expect(events.length).toBeGreaterThan(150);
    const cuts = Array.from({ length: 8 }, (_, index) => Math.round((index * events.length) / 7));
    await expectTheSame(events, cuts);
  });

  it("has a name of its own in the checkpoint, and none is left out", async () => {
    const { runtime } = await FoldedEngine.open(eventful);
    const names = runtime.bus.states.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const views = Object.values(runtime.views).filter((view) => typeof view === "object" && "apply" in view);
    expect(views.length).toBeGreaterThan(10);
    for (const view of views) expect(runtime.bus.states).toContain(view);
    expect(names).toEqual([
      "keys",
      ...runtime.views.all.map(({ name }) => name),
      "actors",
      "quarantine",
      "deadlines",
      "announcements",
      "knowledge",
      "playbook-drafter",
      "symptoms",
      "anomalies",
      "standings",
      "residents.book",
      "evolution-proposer",
      "incident-desk",
      "supervision-desk",
      "alert-notices",
      "forecast-notices",
      "inspection",
      "score",
      "score-windows",
      "outcome-trend",
      "score-weights",
      "recollection",
      "remedies",
    ]);
  });

  it("refuses what is not a snapshot of its own, naming the place", async () => {
    const { runtime } = await FoldedEngine.open(eventful);
    for (const state of runtime.bus.states) {
      for (const value of [null, 7, [], { rows: 1, values: 1, known: {}, book: [[1]], seen: 3 }])
        expect(() => state.restore(value), `${state.name} with ${JSON.stringify(value)}`).toThrow(
          expect.objectContaining({ code: "checkpoint.unfit", message: expect.stringContaining(state.name) as string }),
        );
    }
  });

  it("takes up the lessons of an engine that did not note what the memory was given of them", async () => {
    const { runtime } = await FoldedEngine.open(eventful);
    const knowledge = runtime.bus.states.find(({ name }) => name === "knowledge");
    knowledge?.restore({ book: [], stored: [[["lesson-1", "hash"]]] });
    expect(madeNow(knowledge?.snapshot())).toMatchObject({ stored: [[["lesson-1", "hash"]]] });
    knowledge?.restore({ book: [] });
    expect(madeNow(knowledge?.snapshot())).toMatchObject({ stored: [] });
  });
});
