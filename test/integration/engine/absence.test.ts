import { describe, expect, it } from "vitest";
import { CONFIG_FILE, healthOf, mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const waiting = (more: object = {}) =>
  mending({ trigger: { absent: { event_type: "backup.done", for: "5m", ...more } }, tests: [] });
const each = { by: "event.data.agentId" };
const MINUTE = 60_000;

async function open(playbook: object): Promise<VirtualEngine> {
  const engine = await VirtualEngine.open({ playbooks: [playbook] });
  await engine.world.files.write(CONFIG_FILE, "old", { mode: 0o640 });
  healthOf(engine.world, 200);
  return engine;
}

const absences = (engine: VirtualEngine) => engine.told("playbook.absence").map(({ at, data }) => ({ at, ...data }));
const done = (agentId?: string) => ({ type: "backup.done", data: agentId === undefined ? {} : { agentId } }) as const;

describe("a playbook that waits for an event", () => {
  it("begins when the event stays away for that long, and not before", async () => {
    const engine = await open(waiting());
    await engine.publish(done());
    await engine.pass(5 * MINUTE - 1);
    expect(absences(engine)).toEqual([]);
    await engine.pass(1);
    expect(absences(engine)).toMatchObject([
      { playbookId: "mend", awaited: "backup.done", key: "", forMs: 5 * MINUTE },
    ]);
    expect(engine.told("playbook.matched").map(({ data }) => data.playbookId)).toEqual(["mend"]);
  });

  it("says so once for each silence, and waits anew when the event came again", async () => {
    const engine = await open(waiting());
    await engine.publish(done());
    await engine.pass(60 * MINUTE);
    expect(absences(engine)).toHaveLength(1);
    await engine.publish(done());
    await engine.pass(4 * MINUTE);
    await engine.publish(done());
    await engine.pass(4 * MINUTE);
    expect(absences(engine)).toHaveLength(1);
    await engine.pass(MINUTE);
    expect(absences(engine)).toHaveLength(2);
  });

  it("waits apart for what belongs apart, and says who stayed away", async () => {
    const engine = await open(waiting(each));
    await engine.publish(done("a"));
    await engine.pass(MINUTE);
    await engine.publish(done("b"));
    await engine.pass(4 * MINUTE);
    expect(absences(engine)).toMatchObject([{ key: "a", agentId: "a" }]);
    await engine.pass(MINUTE);
    expect(absences(engine)).toMatchObject([{ key: "a" }, { key: "b" }]);
  });

  it("waits from its start for what never came", async () => {
    const engine = await open(waiting());
    await engine.pass(5 * MINUTE);
    expect(absences(engine)).toMatchObject([{ lastSequence: 0 }]);
  });

  it("keeps its deadline over a kill, fires one that passed meanwhile once, and none twice", async () => {
    const engine = await open(waiting());
    await engine.publish(done());
    await engine.pass(3 * MINUTE);
    const again = await engine.reopened({ downMs: MINUTE });
    await again.pass(MINUTE - 1);
    expect(absences(again)).toEqual([]);
    await again.pass(1);
    expect(absences(again)).toHaveLength(1);
    const third = await again.reopened({ downMs: 60 * MINUTE });
    await third.pass(60 * MINUTE);
    expect(absences(third)).toHaveLength(1);
  });

  it("fires at once what became due while the engine was down", async () => {
    const engine = await open(waiting());
    await engine.publish(done());
    const again = await engine.reopened({ downMs: 60 * MINUTE });
    expect(absences(again)).toHaveLength(1);
  });
});

describe("an absence that is due", () => {
  it("is noticed of a pattern of events too, when they begin after the engine", async () => {
    const engine = await open(waiting({ event_type: "backup.*", ...each }));
    await engine.pass(MINUTE);
    await engine.publish(done("a"));
    await engine.pass(5 * MINUTE);
    expect(absences(engine)).toMatchObject([{ awaited: "backup.*", key: "a" }]);
  });

  it("is known to no checkpoint before the journal has it, and is told at the next start", async () => {
    const engine = await open(waiting());
    await engine.publish(done());
    engine.refuseWrites("journal.unavailable");
    await engine.pass(5 * MINUTE);
    expect(absences(engine)).toEqual([]);
    expect(engine.runtime.recollection.snapshot()).toMatchObject({ told: [] });
    const again = await engine.reopened();
    expect(absences(again)).toHaveLength(1);
  });
});

describe("a playbook that counts", () => {
  it("goes on counting over a kill", async () => {
    const counting = mending({
      trigger: { event_type: "build.broken", conditions: { count: "build.broken", over: "10m", gte: 3 } },
      tests: [],
    });
    const engine = await open(counting);
    const broken = { type: "build.broken", data: {} } as const;
    await engine.publish(broken);
    await engine.publish(broken);
    expect(engine.told("playbook.matched")).toEqual([]);
    const again = await engine.reopened({ downMs: MINUTE });
    await again.publish(broken);
    expect(again.told("playbook.matched").map(({ data }) => data.why)).toEqual([
      ["count of build.broken over 10m is at least 3: saw 3 → yes"],
    ]);
  });
});
