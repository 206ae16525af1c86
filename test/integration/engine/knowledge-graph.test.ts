import { describe, expect, it } from "vitest";
import { listeningEngine } from "../../support/cli.ts";
import { failing } from "../../support/failing-agent.ts";

const MISSING = "ENOENT: no such file or directory, open '/in/a.csv'";
const BROKEN = "SyntaxError: Unexpected end of JSON input";

describe("the graph that the engine draws of its failures", () => {
  it("tells in one call what follows a failure, how often, and what was learned, over HTTP and on the command line", async () => {
    const { engine, ask } = await listeningEngine();
    for (let n = 0; n < 3; n += 1) {
      await failing(engine, `agent-${String(n)}`, MISSING, 1);
      await engine.engine.agents.register(`agent-${String(n)}`, {
        kind: "function",
        run: () => Promise.reject(new Error(BROKEN)),
        policy: { failureThreshold: 100 },
      });
      await engine.run({ agent: `agent-${String(n)}`, retries: 0 });
    }
    await engine.until("memory.stored", ({ data }) => data.kind === "lesson");
    const { runtime } = engine.engine;
    await runtime.graph.settled();
    await runtime.lessons.settled();
    const seen = engine.told("failure.observed").map(({ data }) => data);
    const [first, second] = [seen[0]?.fingerprint ?? "", seen[1]?.fingerprint ?? ""];
    expect(first).not.toBe(second);

    const client = await engine.client();
    const sequel = await (await client.memory.sequel.$post({ json: { key: first } })).json();
    const tasks = seen.filter(({ fingerprint }) => fingerprint === second).map(({ taskId }) => taskId);
    expect(sequel).toMatchObject({
      failure: { key: `failure-${first}`, title: expect.stringContaining("ENOENT") },
      follows: [{ key: `failure-${second}`, times: 3, evidence: tasks }],
      fixedBy: [],
      lessons: [{ key: `lesson-${first}`, level: "draft" }],
    });
    expect((await ask(["memory", "sequel", `lesson-${first}`])).out).toMatch(/^ +3 +failure-/m);
    expect((await ask(["memory", "sequel", "nothing"])).code).toBe(1);
    // Nodes answer no question, and an agent's own are nobody else's.
    const hits = await (await client.memory.query.$post({ json: { text: MISSING, topK: 20 } })).json();
    expect(hits.items.map(({ kind }) => kind)).not.toContain("failure");
    const own = await runtime.palace.neighbours("agent-agent-0", { space: "agent:agent-0" });
    expect(own.map(({ item, via }) => `${via.relation} ${item.key}`).sort()).toEqual(
      [`related_to failure-${first}`, `related_to failure-${second}`].sort(),
    );
    const other = runtime.palace.as({ kind: "agent", id: "agent-1" });
    expect(JSON.stringify(await other.neighbours(`failure-${first}`, { depth: 4 }))).not.toContain("agent-0");
  });
});
