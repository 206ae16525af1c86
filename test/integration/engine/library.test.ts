import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "../../../src/index.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const quiet = { log: silentLog } as const;

async function emptyDataDir(): Promise<string> {
  return path.join(await tempDir(), "data");
}

describe("an engine in a program", () => {
  it("hands back how a task ended, and refuses to wait for one that nobody knows", async () => {
    const { engine } = await TestEngine.open();
    await engine.agents.register("f", { kind: "function", run: () => 1 });
    const { id } = await engine.tasks.submit({ agent: "f", input: null });
    expect(await engine.tasks.finished(id)).toMatchObject({ state: "succeeded", output: 1 });
    expect(await engine.tasks.finished(id)).toMatchObject({ state: "succeeded" });
    await expect(engine.tasks.finished("nothing")).rejects.toMatchObject({ code: "task.unknown" });
  });

  it("says so to whoever waits for a task that did not end before the engine did", async () => {
    const { engine } = await TestEngine.open();
    const { id } = await engine.tasks.submit({ capability: "nobody has it", input: null });
    const waiting = engine.tasks.finished(id);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: "engine.stopping" }), engine.stop()]);
  });

  it("registers an agent with all that belongs to it", async () => {
    const { engine } = await TestEngine.open();
    const about = { capabilities: ["x"], group: "twins", concurrency: 4, policy: { failureThreshold: 7 } };
    await engine.agents.register("f", { kind: "function", run: () => 1, ...about });
    await engine.agents.register("p", { kind: "process", config: { command: ["true"] }, ...about });
    for (const id of ["f", "p"]) {
      const { spec } = engine.runtime.agents.get(id);
      expect(spec).toMatchObject({ ...about, policy: { failureThreshold: 7 } });
    }
  });

  it("tells subscribers what happens, typed events and one's own", async () => {
    const test = await TestEngine.open();
    const heard: string[] = [];
    test.engine.subscribe({ topic: "build.*" }, ({ type }) => void heard.push(type));
    await test.engine.publish({ type: "build.finished", data: { ok: true } });
    await test.engine.agents.register("f", { kind: "function", run: () => 1 });
    await test.until("agent.registered");
    expect(heard).toEqual(["build.finished"]);
  });

  it("stops once, however often it is asked", async () => {
    const test = await TestEngine.open();
    await Promise.all([test.stop(), test.stop()]);
    await test.stop();
    expect(test.told("engine.stopped")).toHaveLength(1);
  });
});

describe("starting an engine", () => {
  it("is refused on a data directory that another one uses, naming its process", async () => {
    const test = await TestEngine.open();
    await expect(createEngine({ config: { dataDir: test.dataDir }, ...quiet })).rejects.toMatchObject({
      code: "data.locked",
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    await test.stop();
    const again = await TestEngine.open({ dataDir: test.dataDir });
    expect(again.told("engine.started").at(-1)?.data.previous).toBe("clean");
  });

  it("is refused on a journal that somebody edited, naming file and line, and works once that is mended", async () => {
    const test = await TestEngine.open();
    await test.engine.publish({ type: "build.finished", data: { cost: 10 } });
    await test.stop();
    const file = path.join(test.dataDir, "events.jsonl");
    const honest = await readFile(file, "utf8");
    const line = honest.split("\n").findIndex((text) => text.includes("build.finished")) + 1;
    await writeFile(file, honest.replace('"cost":10', '"cost":99'));
    await expect(TestEngine.open({ dataDir: test.dataDir })).rejects.toMatchObject({
      code: "journal.corrupt",
      message: expect.stringContaining(`${file}, line ${line}`) as string,
    });
    await writeFile(file, honest);
    const again = await TestEngine.open({ dataDir: test.dataDir });
    expect(again.events.some(({ type }) => type === "build.finished")).toBe(true);
  });

  it("sets aside a last line that a crash cut in the middle, and says so; one cut after an orderly end is refused", async () => {
    const test = await TestEngine.open();
    await test.engine.publish({ type: "build.finished", data: {} });
    await test.stop();
    const file = path.join(test.dataDir, "events.jsonl");
    const whole = await readFile(file, "utf8");
    await writeFile(file, whole.slice(0, -20));
    await expect(TestEngine.open({ dataDir: test.dataDir })).rejects.toMatchObject({ code: "journal.anchors" });
    // An engine that did not come to its end has not written down where that was.
    const anchors = path.join(test.dataDir, "anchors.jsonl");
    await writeFile(anchors, (await readFile(anchors, "utf8")).replace(/.*"why":"stopped".*\n/, ""));
    const again = await TestEngine.open({ dataDir: test.dataDir });
    const { setAside } = (await again.until("journal.repaired")).data;
    expect(await readFile(setAside, "utf8")).toContain("engine.stopped");
    expect(again.told("engine.started").at(-1)?.data.previous).toBe("crashed");
  });

  it("is refused for a declared agent that cannot be, before anything is begun", async () => {
    const dataDir = await emptyDataDir();
    const declared = [{ id: "a", config: { command: [] } }];
    await expect(createEngine({ config: { dataDir, agents: { declared } }, ...quiet })).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringContaining("agents.declared") as string,
    });
    expect(await nodeFiles.exists(dataDir)).toBe(false);
  });

  it("says which port is taken, and leaves the data directory free", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" ? address?.port : 0;
    const dataDir = await emptyDataDir();
    await expect(createEngine({ config: { dataDir, http: { port } }, http: true, ...quiet })).rejects.toMatchObject({
      code: "http.port_in_use",
      message: expect.stringContaining(String(port)) as string,
    });
    await expect(TestEngine.open({ dataDir })).resolves.toBeDefined();
  });

  it("is refused for a setting that does not exist, with the one that was meant", async () => {
    const dataDir = await emptyDataDir();
    const config = { dataDir, task: { maxConcurrent: 3 } } as never;
    await expect(createEngine({ config, ...quiet })).rejects.toMatchObject({
      code: "config.invalid",
      faults: [{ path: "task", message: expect.stringContaining('"tasks"') as string }],
    });
  });

  it("loads the playbooks that are right and says what is wrong with the others", async () => {
    const good = {
      id: "good",
      trigger: { event_type: "build.broken" },
      actions: [{ type: "notify", params: { text: "x" } }],
      validation: { check: "none" },
      grants: ["notify:log"],
    };
    const test = await TestEngine.open({ playbooks: [good, { ...good, id: "bad", actions: [{ type: "notfy" }] }] });
    const { loaded, refused } = (await test.until("playbook.loaded")).data;
    expect(loaded.map(({ id }) => id)).toEqual(["good"]);
    expect(refused).toMatchObject([{ reason: expect.stringContaining('"notify"') as string }]);
  });
});
