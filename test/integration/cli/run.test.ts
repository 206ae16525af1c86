import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { writeRunningFile } from "../../../src/cli/running-file.ts";
import { createEngine, type Engine } from "../../../src/index.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { livingIn } from "../../support/process-table.ts";
import { Program, runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

const family = path.resolve(import.meta.dirname, "../../fixtures/programs/family.sh");

/** One engine for all tests that need no other; its data lies apart from where programs run. */
let engine: Engine;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "aios-run-test-"));
  engine = await createEngine({
    config: { dataDir, http: { port: 0 }, sensors: { enabled: false }, tasks: { backoff: { firstMs: 10 } } },
    directory: dataDir,
    http: true,
    log: silentLog,
  });
  await writeRunningFile(dataDir, { url: engine.url ?? "", pid: process.pid, version: "0.0.0-test" });
});

afterAll(async () => {
  await engine.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** `aios run` with the engine of these tests. */
async function attended(
  argv: readonly string[],
  more: { readonly env?: Record<string, string>; readonly stdin?: string } = {},
) {
  const cwd = await tempDir();
  const program = new Program(["run", ...argv], { cwd, ...more, env: { AIOS_DATA_DIR: dataDir, ...more.env } });
  return { cwd, program };
}

const node = (script: string) => ["--", process.execPath, "-e", script];
const shell = (script: string) => ["--", "sh", "-c", script];

describe("aios run", () => {
  it("hands back standard output byte for byte, standard error and exit code 0", async () => {
    const bytes = Buffer.from([0, 255, 10, 128, 65, 13, 10]);
    const { program } = await attended(
      node(`process.stdout.write(Buffer.from("${bytes.toString("hex")}", "hex")); process.stderr.write("and this")`),
    );
    const { code, out, err } = await program.ended;
    expect(out.equals(bytes)).toBe(true);
    expect(err).toBe("and this");
    expect(code).toBe(0);
  });

  it("runs where it was called, with the allowed variables, those it was told, and no other", async () => {
    const secret = "never-in-the-journal";
    const seen = "[process.cwd(), e.HOME, e.SECRET ?? null, e.TOLD.length, e.SECOND, e.AIOS_TOKEN ?? null]";
    const { cwd, program } = await attended(
      ["--env", "TOLD", "--env", "SECOND=2=2", ...node(`const e = process.env; console.log(JSON.stringify(${seen}))`)],
      { env: { HOME: "/nowhere", SECRET: secret, TOLD: secret } },
    );
    const { out } = await program.ended;
    expect(JSON.parse(out.toString())).toEqual([cwd, "/nowhere", null, secret.length, "2=2", null]);
    expect((await readFile(path.join(dataDir, "events.jsonl"), "utf8")).includes(secret)).toBe(false);
  });

  it("tries a failing program again, hands back the last attempt's output alone, and ends with its exit code", async () => {
    const { program } = await attended([
      "--retries",
      "1",
      ...shell('echo x >> tries; wc -l < tries; echo "no $(wc -l < tries)" >&2; exit 3'),
    ]);
    const { code, out, err } = await program.ended;
    expect(code).toBe(3);
    expect(out.toString().trim()).toBe("2");
    expect(err).toMatch(
      /no +1\naios: attempt 1 failed: exit code 3: no +1; again in .*\nno +2\naios: failed after 2 attempts: exit code 3/,
    );
  });

  it("passes everything on as it comes when asked to", async () => {
    const { program } = await attended(["--live", "--retries", "0", ...shell("echo first; exec sleep 1000")]);
    await program.until(({ out }) => out === "first\n");
    program.kill("SIGTERM");
    expect((await program.ended).code).toBe(143);
  });

  it("ends with 128 + n when signal n ended the program, and with 125 when there is no such program", async () => {
    const [killed, missing] = await Promise.all([
      attended(["--retries", "0", ...shell("kill -9 $$")]),
      attended(["--", "no-such-program", "--retries"]),
    ]);
    expect((await killed.program.ended).code).toBe(137);
    const { code, err } = await missing.program.ended;
    expect(code).toBe(125);
    expect(err).toMatch(/failed: cannot start "no-such-program" in .*: no such program in PATH/);
  });

  it("ends a hanging program with everything it started when its time is over", async () => {
    const { cwd, program } = await attended(["--retries", "0", "--timeout", "600ms", "--", "sh", family]);
    const { code, out, err } = await program.ended;
    expect(code).toBe(143);
    expect(out.toString()).toBe("ready\n");
    expect(err).toContain("aios: failed: time limit");
    expect(livingIn(cwd)).toEqual([]);
  });

  it("is over with the program, not with what that left running, which ends with it", async () => {
    const { cwd, program } = await attended(shell("sleep 1000 & echo done"));
    const { code, out } = await program.ended;
    expect([code, out.toString()]).toEqual([0, "done\n"]);
    expect(livingIn(cwd)).toEqual([]);
  });

  it("gives what is piped in to every attempt, and an empty input unless it is asked to", async () => {
    const [fed, hungry] = await Promise.all([
      attended(["--stdin", "--retries", "1", ...shell("wc -c; [ -e second ] || { touch second; exit 1; }")], {
        stdin: "12345",
      }),
      attended(shell("wc -c"), { stdin: "12345" }),
    ]);
    const told = await fed.program.ended;
    expect([told.code, told.out.toString().trim()]).toEqual([0, "5"]);
    expect((await hungry.program.ended).out.toString().trim()).toBe("0");
  });

  it("says as one JSON value what came out", async () => {
    const { program } = await attended([
      "--json",
      "--name",
      "speaker",
      "--retries",
      "0",
      ...shell("echo out; echo err >&2; exit 7"),
    ]);
    const { code, out, err } = await program.ended;
    expect(code).toBe(7);
    expect(err).toBe("");
    expect(JSON.parse(out.toString())).toMatchObject({
      state: "dead",
      exitCode: 7,
      attempts: 1,
      reason: "exit",
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(engine.runtime.views.agents.get("speaker")?.tasks).toEqual({ succeeded: 0, failed: 1, cancelled: 0 });
  });

  it("is the same agent for the same program in the same directory, and takes over no other agent's name", async () => {
    const { cwd, program } = await attended(["--", "true"]);
    await program.ended;
    const known = engine.runtime.views.agents.list().length;
    await runProgram(["run", "--", "true"], { cwd, env: { AIOS_DATA_DIR: dataDir } });
    expect(engine.runtime.views.agents.list()).toHaveLength(known);
    await engine.agents.register("mine", { kind: "process", config: { command: ["cat"] } });
    const taken = await runProgram(["run", "--name", "mine", "--", "true"], { cwd, env: { AIOS_DATA_DIR: dataDir } });
    expect([taken.code, taken.err]).toEqual([125, expect.stringContaining("choose another --name")]);
  });

  it("ends the program silently when nobody reads what it writes any more", async () => {
    const { cwd, program } = await attended(["--live", "--", "yes"]);
    await program.until(({ out }) => out.length > 0);
    program.child.stdout.destroy();
    const { code, err } = await program.ended;
    expect([code, err]).toEqual([141, ""]);
    expect(livingIn(cwd)).toEqual([]);
  });

  it("ends silently as well when the reader of what was held back is gone, and loudly when the disk is full", async () => {
    const { program } = await attended(shell("head -c 300000 /dev/zero; echo over >&2"));
    await program.until(({ err }) => err === "over\n");
    program.child.stdout.destroy();
    expect(await program.ended).toMatchObject({ code: 141, err: "over\n" });
    const main = ["-c", 'exec "$0" "$@" > /dev/full', process.execPath, inject("builtMain")];
    const world = { cwd: await tempDir(), env: { PATH: process.env["PATH"] ?? "", AIOS_DATA_DIR: dataDir } };
    const told = await new Promise((resolve) => {
      execFile("sh", [...main, "run", "--", "echo", "x"], world, (failure, _, err) => resolve([failure?.code, err]));
    });
    expect(told).toEqual([125, expect.stringContaining("cannot be handed back: ENOSPC")]);
  });

  it("refuses a command line that cannot be read, with exit code 2", async () => {
    const [bare, wrong] = await Promise.all([attended(["true"]), attended(["--timeout", "soon", "--", "true"])]);
    const told = await bare.program.ended;
    expect([told.code, told.err]).toEqual([2, expect.stringContaining("COMMAND stands behind --")]);
    expect((await wrong.program.ended).code).toBe(2);
  });
});

describe("aios run without an engine", () => {
  it("runs one of its own, and Ctrl-C ends that and the whole process tree with exit code 130", async () => {
    const cwd = await tempDir();
    const program = new Program(["run", "--live", "--", "sh", family], { cwd });
    await program.until(({ out }) => out === "ready\n");
    program.kill("SIGINT");
    const { code, err } = await program.ended;
    expect(code).toBe(130);
    expect(err).toContain("aios: cancelled: SIGINT");
    expect(livingIn(cwd)).toEqual([]);
    expect(await lastTypes(cwd)).toContain("engine.stopped");
  });

  it("leaves nothing that works on unseen when it is killed itself", async () => {
    const cwd = await tempDir();
    const server = createServer();
    onTestFinished(() => void server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as { port: number };
    const script = `process.on("SIGTERM", () => {}); require("node:net").connect(${port}, "127.0.0.1"); setInterval(() => {}, 1000)`;
    const program = new Program(["run", ...node(script)], { cwd });
    const [socket] = (await once(server, "connection")) as [Socket];
    const gone = once(socket, "close");
    socket.on("error", () => {}).resume();
    program.kill("SIGKILL");
    await gone;
    expect((await program.ended).signal).toBe("SIGKILL");
  });

  it("lets others run on that engine meanwhile, and ends it after the last of them", async () => {
    const cwd = await tempDir();
    const host = new Program(["run", "--live", ...shell("echo up; until [ -e go ]; do sleep 0.05; done; echo host")], {
      cwd,
    });
    await host.until(({ out }) => out === "up\n");
    const guest = new Program(["run", "--live", ...shell("echo up; touch go; sleep 0.5; echo guest")], { cwd });
    const [first, second] = await Promise.all([host.ended, guest.ended]);
    expect([first.code, first.out.toString()]).toEqual([0, "up\nhost\n"]);
    expect([second.code, second.out.toString()]).toEqual([0, "up\nguest\n"]);
    expect((await lastTypes(cwd)).filter((type) => type === "engine.started")).toHaveLength(1);
  });

  it("waits for the remedy of a playbook and hands back what came of it", async () => {
    const cwd = await tempDir();
    await writeFile(
      path.join(cwd, "aios.config.json"),
      JSON.stringify({ reactor: { playbooks: ["remedies"] }, tasks: { retries: 0 } }),
    );
    await writeRemedy(cwd);
    await writeFile(path.join(cwd, "backup.txt"), "what was missing\n");
    const { code, out, err } = await runProgram(["run", "--", "cat", "input.txt"], { cwd });
    expect(err).toContain("aios: playbook restore-input is at work on it\naios: reactor has it tried again");
    expect([code, out.toString()]).toEqual([0, "what was missing\n"]);
  });
});

async function lastTypes(cwd: string): Promise<readonly string[]> {
  const lines = (await readFile(path.join(cwd, ".aios", "events.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => (JSON.parse(line) as { type: string }).type);
}

async function writeRemedy(cwd: string): Promise<void> {
  const [file, source] = [path.join(cwd, "input.txt"), path.join(cwd, "backup.txt")];
  const playbook = {
    id: "restore-input",
    title: "Restore the input",
    trigger: {
      event_type: "task.failed",
      conditions: { all: [{ path: "event.data.error.message", contains: "No such file" }] },
    },
    target: { kind: "file", id: file },
    actions: [
      { type: "restore_file", params: { path: file, source } },
      { type: "retry_task", params: { target: { $ref: "event.data.taskId" }, probe: true } },
    ],
    validation: {
      check: "task_succeeded",
      params: { target: { $ref: "event.data.taskId" } },
      settleMs: 50,
      probes: 1,
      required: 1,
      intervalMs: 50,
      timeoutMs: 5000,
    },
    risk: "low",
    grants: [`fs.read:${cwd}/**`, `fs.write:${cwd}/**`, "task.retry:own"],
    tests: [
      {
        name: "a missing file",
        event: {
          type: "task.failed",
          data: { taskId: "t", state: "dead", attempts: 1, reason: "exit", error: { message: "No such file" } },
        },
        expect: "match",
      },
    ],
  };
  await mkdir(path.join(cwd, "remedies"));
  await writeFile(path.join(cwd, "remedies", "restore-input.json"), JSON.stringify(playbook));
}
