import { describe, expect, it } from "vitest";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const config = { notify: { webhook: "http://people/", attempts: 1 } };
const policy = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };

/** An engine half of whose tasks fail: the task success rate falls below its threshold. */
async function failing() {
  const engine = await VirtualEngine.open({ config });
  const agent = await engine.agent("a", { policy });
  const end = async (succeeds: boolean) => {
    await engine.submit({ agent: "a", retries: 0 });
    if (succeeds) agent.last.done();
    else agent.last.fail("no");
    await engine.pass(2_000);
  };
  for (const succeeds of [true, false, true, false, true, false]) await end(succeeds);
  return { engine, end };
}

const texts = (engine: VirtualEngine) =>
  engine.world.requests.map(({ body }) => (JSON.parse(body ?? "{}") as { readonly text: string }).text);

describe("an alert of the score", () => {
  it("is told to people once, with advice, and told to be over once", async () => {
    const { engine, end } = await failing();
    expect(engine.told("score.alert_raised").map(({ data }) => data.alert)).toEqual(["tsr_warning"]);
    expect(texts(engine)).toEqual([expect.stringMatching(/^\[warning\] tsr_warning: 0\.\d+ is below 0\.7\. Look at /)]);
    for (let n = 0; n < 12; n++) await end(true);
    expect(texts(engine).slice(1)).toEqual([expect.stringMatching(/^over: tsr_warning is at 0\.7\d+$/)]);
    const again = await engine.reopened();
    await again.pass(60_000);
    expect(texts(engine)).toHaveLength(2);
  });

  it("is told after the next start where the engine ended before it was", async () => {
    const { engine } = await failing();
    const raised = engine.told("score.alert_raised")[0]?.sequence ?? 0;
    engine.world.requests.length = 0;
    const again = await engine.reopened({ after: raised });
    await again.pass(60_000);
    expect(texts(again)).toEqual([expect.stringContaining("tsr_warning")]);
  });
});
