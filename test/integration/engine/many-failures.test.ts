import { describe, expect, it } from "vitest";
import { metricsOf } from "../../../src/runtime/doors/metrics.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const bounds = { wordings: 100, remembered: 100 };
const DISTINCT = 300;
const FREQUENT = "disk is full";

/** An exception type of its own: no two are ever one failure. */
function distinct(n: number): string {
  const letters = String(n)
    .padStart(5, "0")
    .replace(/\d/g, (digit) => String.fromCharCode(65 + Number(digit)));
  return `Broken${letters}Error: it cannot go on`;
}

describe("more different errors than are remembered", () => {
  it("cost the rare and old ones, which is said and counted, also after a restart; what keeps coming keeps its lesson", async () => {
    const engine = await VirtualEngine.open({ config: { failures: bounds } });
    const agent = await engine.agent("reader", { policy: { failureThreshold: 1_000_000, cooldownMs: 1 } });
    const fail = async (message: string) => {
      await engine.submit({ agent: "reader", retries: 0 });
      agent.last.fail(message);
      await engine.pass(2);
    };
    for (let n = 0; n < DISTINCT; n++) {
      await fail(distinct(n));
      if (n % 20 === 0) await fail(FREQUENT);
    }
    const said = { messages: 0, failures: 0 };
    for (const { data } of engine.told("failure.forgotten")) {
      expect(data.most).toBe(100);
      said[data.what] += data.count;
    }
    const { failures, lessons } = engine.runtime.views;
    expect(said.messages).toBeGreaterThanOrEqual(DISTINCT + 1 - bounds.wordings);
    expect(said.failures).toBeGreaterThanOrEqual(DISTINCT - bounds.remembered);
    expect(failures.forgotten).toEqual(said);
    expect(metricsOf(engine.runtime, false).find(({ name }) => name === "aios_failures_forgotten_total")).toMatchObject(
      {
        values: [
          { labels: { what: "messages" }, value: said.messages },
          { labels: { what: "failures" }, value: said.failures },
        ],
      },
    );

    const { identity } = engine.runtime;
    const { fingerprint } = lessons.list()[0] ?? {};
    expect(lessons.list()).toHaveLength(1);
    expect(identity.shown(fingerprint ?? "")).toBe(FREQUENT);
    expect(failures.get(fingerprint ?? "")).toMatchObject({ tasks: Math.ceil(DISTINCT / 20) });
    expect(identity.shown(identity.idOf(distinct(0)))).toBeUndefined();
    expect(identity.shown(identity.idOf(distinct(DISTINCT - 1)))).toBe(distinct(DISTINCT - 1));

    const again = await engine.reopened();
    expect(again.runtime.views.failures.forgotten).toEqual(said);
    expect(again.told("failure.forgotten")).toHaveLength(engine.told("failure.forgotten").length);
  });
});
