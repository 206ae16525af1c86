import { describe, expect, it } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { isAlive } from "../../support/process-table.ts";

/** Answers with its pid; ends with the code that a task names. */
const program = `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const task = JSON.parse(line);
    if (typeof task.input === "number") process.exit(task.input);
    console.log(JSON.stringify({ type: "result", id: task.id, output: process.pid }));
  });`;
const command = [process.execPath, "-e", program];
const backoff = { firstMs: 20, factor: 2, maxMs: 100 };
const config = {
  agents: { graceMs: 200, policy: { cooldownMs: 20, openMs: 50 }, groups: { crew: { strategy: "rest_for_one" } } },
  supervision: { residents: { backoff } },
} as const;

type Options = Parameters<typeof TestEngine.open>[0];

async function opened(options: Options = {}) {
  const test = await TestEngine.open({ config: { ...config, ...options.config }, ...options });
  const { runtime } = test.engine;
  return {
    test,
    runtime,
    pid: (id: string) => runtime.pool.processes(id)[0]?.pid,
    begin: (id: string) => runtime.agents.command(id, "start", "the test asked", "operator:me"),
    fail: (id: string) => test.run({ agent: id, input: 3, retries: 0 }),
  };
}

/** Three residents that run, in the order of their registration. */
async function crew(options: Options = {}, group: string | undefined = "crew") {
  const world = await opened(options);
  const resident = { mode: "resident", restart: "transient" };
  for (const id of ["a", "b", "c"]) {
    await world.test.agent(id, command, resident, group === undefined ? {} : { group });
    await world.begin(id);
  }
  await world.test.until("supervisor.planned", ({ data }) => data.plan.children.length === 3);
  return world;
}

describe("a group of resident agents", () => {
  it("with rest_for_one loses the failed one and those after it, and has them again, while those before it work on", async () => {
    const { test, pid, fail } = await crew();
    const [a, b, c] = ["a", "b", "c"].map(pid);
    await fail("b");
    await test.until("agent.resident_changed", ({ data }) => data.did === "restarted" && data.agentId === "c");
    const changes = test.told("agent.resident_changed").map(({ data }) => `${data.did} ${data.agentId}`);
    expect(changes).toEqual(["ended c", "restarted b", "restarted c"]);
    expect(pid("a")).toBe(a);
    expect([b, c].some((one) => one !== undefined && isAlive(one))).toBe(false);
    for (const id of ["a", "b", "c"]) expect((await test.run({ agent: id })).output).toBe(pid(id));
  });

  it("is begun again by the next engine as it stood, without the one that a person had stopped", async () => {
    const { test, runtime } = await crew();
    await runtime.agents.command("b", "stop", "enough", "operator:me");
    await test.stop();
    const again = await opened({ dataDir: test.dataDir });
    const since = test.events.at(-1)?.sequence ?? 0;
    for (const id of ["a", "c"])
      await again.test.until("agent.process_started", ({ data, sequence }) => data.agentId === id && sequence > since);
    const begun = again.test.told("agent.process_started").filter(({ sequence }) => sequence > since);
    expect(begun.map(({ data }) => data.agentId)).toEqual(["a", "c"]);
    expect((await again.test.run({ agent: "c" })).output).toBe(again.pid("c"));
  });
});

describe("a resident agent that cannot live", () => {
  it("is given up with an incident that names it, and lives again when a person starts it", async () => {
    const config2 = { ...config, supervision: { residents: { backoff, restarts: 2 } } };
    const { test, runtime, begin } = await opened({ config: config2, http: true });
    await test.agent("weak", ["sh", "-c", "[ -e well ] && exec cat; exit 7"], {
      mode: "resident",
      restart: "permanent",
    });
    await begin("weak");
    const { data } = await test.until("supervisor.escalated");
    expect(data).toMatchObject({ supervisor: "residents/weak", child: "weak", down: ["weak"], restarts: 2 });
    const incident = await test.until("incident.opened", (event) => event.data.target.id === "weak");
    expect(incident.data).toMatchObject({ severity: "critical", needsPerson: true });
    const client = await test.client();
    const view = await (await client.agents[":id"].$get({ param: { id: "weak" } })).json();
    expect(view).toMatchObject({
      supervision: {
        supervisor: "residents/weak",
        restart: "permanent",
        strategy: "one_for_one",
        state: "escalated",
        down: true,
      },
    });
    await runtime.ports.files.write(`${test.dataDir}/agents/weak/well`, "");
    await begin("weak");
    await test.until("agent.resident_changed", (event) => event.data.did === "restarted" && event.data.attempt === 3);
    expect(runtime.pool.processes("weak")).toHaveLength(1);
  });
});

describe("how residents are looked after", () => {
  it("is refused where it says what there is not, naming the place", async () => {
    const strange = { agents: { groups: { crew: { strategy: "all_for_none" } } } } as never;
    await expect(TestEngine.open({ config: strange })).rejects.toMatchObject({
      code: "config.invalid",
      faults: [{ path: "agents.groups.crew.strategy" }],
    });
    const { test } = await opened();
    await expect(test.agent("x", command, { mode: "resident", restart: "sometimes" })).rejects.toMatchObject({
      code: "agent.invalid",
      faults: [{ path: "config.restart" }],
    });
  });
});
