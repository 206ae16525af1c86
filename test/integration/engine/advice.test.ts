import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ConfigInput } from "../../../src/config.ts";
import { createEngine } from "../../../src/index.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import type { Puppet } from "../../support/puppet.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualEngine } from "../../support/virtual-engine.ts";

const patient = { failureThreshold: 1_000, cooldownMs: 1, openMs: 1, archiveAfterProbes: 1_000 };
const missing = (file: string) => `ENOENT: no such file or directory, open '${file}'`;

/** An engine whose agent is about to be given work, and whose lessons are kept as soon as they change. */
async function open(config: ConfigInput = {}) {
  const engine = await VirtualEngine.open({ config });
  const agent = await engine.agent("reader", { policy: patient });
  return { engine, agent };
}

/** Lets the agent fail so many tasks with these words, each task once. */
async function fail(engine: VirtualEngine, agent: Puppet, message: (n: number) => string, times = 3, name = "reader") {
  for (let n = 0; n < times; n++) {
    await engine.submit({ agent: name, retries: 0 });
    agent.last.fail(message(n));
    await engine.pass(1_000);
  }
  await engine.runtime.lessons.settled();
}

const lessonsOf = (engine: VirtualEngine) => engine.told("task.started").at(-1)?.data.lessons;

describe("advice", () => {
  it("is none before there is a lesson", async () => {
    const { engine, agent } = await open();
    await fail(engine, agent, (n) => missing(`/srv/${n}`), 2);
    await engine.submit({ agent: "reader" });
    expect(agent.last.advice).toEqual([]);
    expect(lessonsOf(engine)).toEqual([]);
  });

  it("hands an agent the lessons about what it failed with before, from the draft on", async () => {
    const { engine, agent } = await open();
    await fail(engine, agent, (n) => missing(`/srv/${n}`));
    await engine.submit({ agent: "reader" });
    const [lesson] = engine.runtime.views.lessons.list();
    expect(agent.last.advice).toEqual([
      {
        key: lesson?.id,
        title: "ENOENT: no such file or directory, open <str>",
        content: expect.stringMatching(
          /^Failure: ENOENT.*\nCause: the agent said that it failed.*\nConditions: tasks of 1 agent\.\nSeen on 3 tasks\. No/,
        ),
      },
    ]);
  });

  it("is none where the configuration turns it off, whatever was learned", async () => {
    const { engine, agent } = await open({ memory: { advice: false } });
    await fail(engine, agent, (n) => missing(`/srv/${n}`));
    await engine.submit({ agent: "reader" });
    expect(engine.runtime.views.lessons.list()).toHaveLength(1);
    expect({ advice: agent.last.advice, journaled: lessonsOf(engine) }).toEqual({ advice: [], journaled: [] });
  });

  it("is no other agent's business, unless the task itself failed with it", async () => {
    const { engine, agent } = await open();
    const other = await engine.agent("writer", { policy: patient, capabilities: ["any"] });
    await fail(engine, agent, (n) => missing(`/srv/${n}`));
    await engine.submit({ agent: "writer" });
    expect(other.last.advice).toEqual([]);
    other.last.fail(missing("/srv/9"));
    await engine.pass(60_000);
    expect(other.calls).toHaveLength(2);
    expect(other.last.advice).toHaveLength(1);
  });

  it("is journaled by the lessons' names, never by their text", async () => {
    const { engine, agent } = await open();
    await fail(engine, agent, (n) => missing(`/srv/${n}`));
    const { length } = engine.events;
    await engine.submit({ agent: "reader" });
    expect(lessonsOf(engine)).toEqual([engine.runtime.views.lessons.list()[0]?.id]);
    expect(agent.last.advice[0]?.content).toContain("Seen on");
    expect(JSON.stringify(engine.events.slice(length))).not.toContain("Seen on");
  });

  it("is nothing that was forgotten, and nothing that was disproved", async () => {
    const { engine, agent } = await open();
    await fail(engine, agent, (n) => missing(`/srv/${n}`));
    const id = engine.runtime.views.lessons.list()[0]?.id ?? "";
    await engine.runtime.palace.forget(id, { space: "shared" });
    await engine.submit({ agent: "reader" });
    expect(agent.last.advice).toEqual([]);
    expect(lessonsOf(engine)).toEqual([]);
    agent.last.done();
    await fail(engine, agent, () => "the disk is broken");
    const [{ id: lessonId, fingerprint } = { id: "", fingerprint: "" }] = engine.runtime.views.lessons.list();
    const disproved = { lessonId, fingerprint, from: "draft", to: "retired", runId: "r" } as const;
    await engine.publish({ type: "lesson.demoted", data: disproved });
    await engine.submit({ agent: "reader" });
    expect(agent.last.advice).toEqual([]);
  });

  it("stays within its budget, the task's own failure first, then what struck last", async () => {
    const { engine, agent } = await open();
    const kinds = ["disk", "quota", "schema", "licence", "socket", "certificate", "branch"];
    for (const kind of kinds) await fail(engine, agent, () => `the ${kind} is broken`);
    await engine.submit({ agent: "reader" });
    expect(agent.last.advice.map(({ title }) => title)).toEqual(
      ["branch", "certificate", "socket", "licence", "schema"].map((kind) => `the ${kind} is broken`),
    );
    agent.last.fail("the disk is broken");
    await engine.pass(1_000);
    await engine.submit({ agent: "reader" });
    agent.last.fail("the quota is broken");
    await engine.pass(60_000);
    expect(agent.last.advice[0]?.title).toBe("the quota is broken");
    const long = `the ${"very ".repeat(390)}long story is broken`;
    await fail(engine, agent, () => long);
    await engine.submit({ agent: "reader" });
    expect(agent.last.advice.map(({ title }) => title)).not.toContain(long);
    expect(agent.last.advice.length).toBeGreaterThan(2);
  });

  it("reaches a real program that speaks the protocol, which echoes it", async () => {
    const directory = await tempDir();
    const program = path.join(directory, "agent.mjs");
    await writeFile(
      program,
      `import { createInterface } from "node:readline";
      for await (const line of createInterface({ input: process.stdin })) {
        const { input, advice } = JSON.parse(line);
        const answer = input === "echo" ? { type: "result", output: advice } : { type: "error", message: input };
        console.log(JSON.stringify(answer));
      }`,
    );
    const engine = await createEngine({ directory, log: silentLog, config: { sensors: { enabled: false } } });
    onTestFinished(() => engine.stop());
    const config = { command: [process.execPath, program] };
    await engine.agents.register("reader", { kind: "process", config, policy: patient });
    for (const n of [1, 2, 3]) {
      const { id } = await engine.tasks.submit({ agent: "reader", input: missing(`/srv/in/${n}.csv`), retries: 0 });
      await engine.tasks.finished(id);
    }
    await engine.runtime.lessons.settled();
    const { id } = await engine.tasks.submit({ agent: "reader", input: "echo" });
    const { output } = await engine.tasks.finished(id);
    const [lesson] = engine.runtime.views.lessons.list();
    expect(output).toMatchObject([{ key: lesson?.id, title: "ENOENT: no such file or directory, open <str>" }]);
    await engine.stop();
    const journal = (await readFile(path.join(directory, ".aios/events.jsonl"), "utf8")).split("\n");
    const started = journal.filter((line) => line.includes('"task.started"')).at(-1) ?? "";
    expect(started).toContain(`"lessons":["${lesson?.id ?? ""}"]`);
    expect(started).not.toContain("Seen on");
  });
});
