import { describe, expect, it } from "vitest";
import { explainMessage } from "../../../src/runtime/doors/failure-explanation.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

async function opened() {
  const engine = await VirtualEngine.open();
  const agent = await engine.agent("reader", { policy: { failureThreshold: 1_000, cooldownMs: 1 } });
  const fail = async (message: string) => {
    await engine.submit({ agent: "reader", retries: 0 });
    agent.last.fail(message);
    await engine.pass(10_000);
  };
  return { engine, fail };
}

describe("an error that is hostile", () => {
  it.each([
    ["of a megabyte", `cannot open the archive ${"very ".repeat(210_000)}`],
    ["of one word of a megabyte", "x".repeat(1_048_576)],
    ["of binary bytes", String.fromCharCode(...Array.from({ length: 512 }, (_, n) => n % 256), 0xd800, 0xfffd)],
    ["of nothing", ""],
  ])("%s is one failure, counted and explained in few words, and no reason to stop", async (_name, message) => {
    const { engine, fail } = await opened();
    for (let n = 0; n < 3; n++) await fail(message);
    const [row, ...others] = engine.runtime.views.failures.list();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ tasks: 3, attempts: 3 });
    expect(row?.template.length).toBeLessThan(4_100);
    const explained = explainMessage(engine.runtime, message);
    expect(explained).toMatchObject({ fingerprint: row?.fingerprint, seen: true, tasks: 3 });
    expect(JSON.stringify(explained).length).toBeLessThan(60_000);
    expect(engine.runtime.bus.faults).toBe(0);
    await fail("disk is full");
    expect(engine.runtime.views.failures.list()).toHaveLength(2);
  });
});

describe("a clock that jumps", () => {
  it("back by an hour neither loses nor doubles what is counted", async () => {
    const { engine, fail } = await opened();
    await fail("disk is full");
    const again = await engine.reopened({ downMs: -3_600_000 });
    const [row] = again.runtime.views.failures.list();
    expect(row).toMatchObject({ tasks: 1, attempts: 1 });
    expect(again.runtime.standings.list()).toMatchObject([{ id: "reader", recent: { good: 0, n: 1 } }]);
    expect(again.runtime.bus.faults).toBe(0);
  });
});
