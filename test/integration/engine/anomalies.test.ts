import { describe, expect, it } from "vitest";
import { textOf } from "../../../src/actors/views/timeline-texts.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { TestEngine } from "../../support/engine.ts";
import { mending } from "../../support/playbooks.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const MINUTE = 60_000;

/** Answers after as many milliseconds as a task says. */
const program = `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const task = JSON.parse(line);
    setTimeout(() => console.log(JSON.stringify({ type: "result", id: task.id, output: null })), task.input);
  });`;

describe("what leaves its habits", () => {
  it("is told of a real agent that takes longer than it used to, over every door", { timeout: 120_000 }, async () => {
    const config = { sensors: { enabled: false, anomalies: { latencyMs: 0 } }, tasks: { maxConcurrent: 8 } };
    const test = await TestEngine.open({ config, http: true });
    await test.agent("coder", [process.execPath, "-e", program], { mode: "resident" }, { concurrency: 8 });
    await Promise.all(Array.from({ length: 420 }, () => test.run({ agent: "coder", input: 0 })));
    await test.run({ agent: "coder", input: 5_000 });
    const detected = await test.until("anomaly.detected", (event) => event.data.value >= 5_000);
    const { data, subject } = detected;
    expect(subject).toBe("agent/coder");
    expect(data).toMatchObject({ scope: "agent", agentId: "coder", what: "latency", unit: "ms", reason: "spike.up" });
    const client = await test.client();
    const events = await client.events.$get({ query: { type: "anomaly.detected" } });
    expect(await events.json()).toMatchObject({ items: [{ data: { agentId: "coder" } }] });
    const overview = await client.overview.$get();
    expect((await overview.json()).timeline).toContainEqual(expect.objectContaining({ type: "anomaly.detected" }));
    expect(textOf(detected)).toMatch(/^Agent coder latency of 5\d{3}(\.\d+)? ms is out of habit \(spike\.up\)$/);
  });

  it("is told once, whenever the engine is killed, and starts the playbook that answers it", async () => {
    const answer = mending({
      id: "look",
      trigger: { event_type: "anomaly.detected", conditions: { what: "memory" } },
      tests: [],
    });
    const config = { sensors: { enabled: true, intervalMs: 30_000 } };
    let engine = await VirtualEngine.open({ config, playbooks: [answer] });
    const chance = new SeededEntropy(4);
    const live = async (minutes: number, memory?: number) => {
      for (let n = 0; n < minutes; n++) {
        engine.world.vitals = { memory: memory ?? 40 + 4 * chance.random() };
        await engine.pass(MINUTE);
      }
    };
    await live(250);
    engine = await engine.reopened();
    await live(250);
    expect(engine.told("anomaly.detected")).toEqual([]);
    await live(2, 71);
    const [told] = engine.told("anomaly.detected");
    expect(told).toMatchObject({ subject: "host", data: { what: "memory", unit: "percent" } });
    expect(engine.told("playbook.matched")).toMatchObject([{ data: { playbookId: "look" } }]);
    // The journal lost what was concluded last; it is concluded again.
    const again = await engine.reopened({ after: (told?.sequence ?? 0) - 1 });
    await again.pass(MINUTE);
    expect(again.told("anomaly.detected").map(({ data }) => data)).toEqual([told?.data]);
  });
});
