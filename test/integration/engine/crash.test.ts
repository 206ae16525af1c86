import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { mending } from "../../support/playbooks.ts";
import { isAlive, livingIn } from "../../support/process-table.ts";
import { tempDir } from "../../support/temp-dir.ts";

const program = path.join(import.meta.dirname, "../../fixtures/engine-program.ts");
const COOLDOWN_MS = 600_000;

/** Runs an engine in a process of its own until every one of these events was seen, then kills it without warning. */
async function killedAfter(seen: readonly string[], orders: Readonly<Record<string, unknown>>): Promise<number> {
  const child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(orders)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const missing = [...seen];
  for await (const type of createInterface({ input: child.stdout })) {
    const index = missing.indexOf(type);
    if (index >= 0) missing.splice(index, 1);
    if (missing.length === 0) break;
  }
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
  if (child.pid === undefined || missing.length > 0) throw new Error(`it ended before ${missing.join(", ")}`);
  return child.pid;
}

/** Starts a helper in a session of its own that ignores SIGTERM, says so, and works for ever, as does the helper. */
const hanging = [
  "sh",
  "-c",
  `(exec setsid sh -c "trap '' TERM; echo up > up; while :; do sleep 1; done") &
while [ ! -e up ]; do sleep 0.01; done
echo '{"type":"progress"}'
while :; do sleep 1; done`,
];

/** Everything that a process carries of an engine of this directory, as one that this engine started does. */
async function startedBefore(dataDir: string, cwd: string): Promise<number> {
  const test = await TestEngine.open({ dataDir });
  const { processes } = test.engine.runtime.ports;
  const { identity } = await processes.start({ argv: ["sleep", "1000"], cwd, env: {}, stdin: "ignore" });
  await test.stop();
  return identity.pid;
}

describe("a process that an engine started and could not write down any more", () => {
  it("is ended by the next engine of its data directory", async () => {
    const root = await tempDir();
    const pid = await startedBefore(path.join(root, "data"), root);
    expect(isAlive(pid)).toBe(true);
    await TestEngine.open({ dataDir: path.join(root, "other") });
    expect(isAlive(pid)).toBe(true);
    await TestEngine.open({ dataDir: path.join(root, "data") });
    expect(isAlive(pid)).toBe(false);
  });
});

describe("an engine that was killed in the middle of everything", () => {
  it("takes up at its next start exactly what its journal says", async () => {
    const root = await tempDir();
    const dataDir = path.join(root, "data");
    const playbooks = path.join(root, "playbooks");
    const target = path.join(root, "target");
    await mkdir(playbooks);
    await writeFile(target, "old");
    const playbook = mending({
      target: { kind: "file", id: target },
      actions: [{ type: "write_file", params: { path: target, content: "new" } }],
      validation: {
        check: "file_exists",
        params: { path: target },
        settleMs: 300,
        intervalMs: 20,
        probes: 2,
        required: 2,
      },
      grants: [`fs.write:${target}`],
    });
    await writeFile(path.join(playbooks, "mend.json"), JSON.stringify(playbook));
    const config = {
      dataDir,
      sensors: { enabled: false },
      agents: { graceMs: 100 },
      reactor: { playbooks: [playbooks] },
      tasks: { maxConcurrent: 3 },
    };
    const agent = (command: readonly string[], cooldownMs = 20) => ({
      kind: "process",
      config: { command, graceMs: 100 },
      policy: { cooldownMs },
    });
    const pid = await killedAfter(["task.progress", "task.progress", "task.attempt_failed", "playbook.executed"], {
      config,
      agents: {
        retried: agent(hanging),
        failed: agent(hanging),
        blocked: agent(["false"], COOLDOWN_MS),
      },
      tasks: [
        { agent: "retried", input: "again" },
        { agent: "failed", input: "once", onInterrupt: "fail" },
        { agent: "blocked", input: null, retries: 0 },
        { agent: "blocked", input: "queued" },
      ],
      events: [{ type: "build.broken", data: {} }],
    });
    const orphans = livingIn(dataDir);
    expect(orphans.length).toBeGreaterThanOrEqual(4);

    const test = await TestEngine.open({ dataDir, config, playbookFolders: [playbooks] });
    expect(test.told("engine.started").map(({ data }) => data.previous)).toEqual(["none", "crashed"]);
    expect(test.told("engine.started")[0]?.data.pid).toBe(pid);
    expect(orphans.filter(isAlive)).toEqual([]);
    const { views, host } = test.engine.runtime;
    const task = (input: unknown) => views.tasks.list().find((row) => row.input === input);
    expect(task("once")).toMatchObject({ state: "dead", error: { reason: "interrupted" } });
    expect(task("queued")).toMatchObject({ state: "queued", attempts: 0 });
    await test.until("task.started", ({ data }) => data.taskId === task("again")?.id && data.attempt === 2);
    expect(test.engine.runtime.agents.get("blocked").state).toBe("blocked");
    const failedAt = test.told("task.attempt_failed")[0]?.at ?? 0;
    expect(host.deadlines()).toContainEqual({
      actor: "agent/blocked",
      name: "cooldown",
      dueAtMs: failedAt + COOLDOWN_MS,
    });
    const { data } = await test.until("playbook.settled");
    expect(data).toMatchObject({ outcome: "fixed", rollback: "none" });
    expect(test.told("run.step_completed")).toHaveLength(1);
  });
});
