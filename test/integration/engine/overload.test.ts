import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { Program } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** What the engine lets wait, and ten times as many. */
const ROOM = 10;
const OFFERED = 10 * (ROOM + 2);

/** Appends the task's id to a file of its own: what the engine does is counted outside of it. */
const command = (witness: string) => ["sh", "-c", `sleep 0.02; echo "$AIOS_TASK_ID" >> ${witness}`];
const settings = { tasks: { maxQueued: ROOM, maxConcurrent: 2 }, sensors: { enabled: false } };

async function witnessed(witness: string): Promise<ReadonlySet<string>> {
  return new Set((await readFile(witness, "utf8")).split("\n").filter((id) => id !== ""));
}

interface Terms {
  readonly accepted: number;
  readonly done: number;
  readonly suppressed: number;
  readonly dead_lettered: number;
  readonly pending: number;
}

const sum = ({ done, suppressed, dead_lettered, pending }: Terms) => done + suppressed + dead_lettered + pending;

/** The built engine over HTTP. */
class Doors {
  readonly program: Program;
  readonly #url: string;
  readonly #token: string;

  private constructor(program: Program, url: string, token: string) {
    this.program = program;
    this.#url = url;
    this.#token = token;
  }

  static async open(root: string): Promise<Doors> {
    const program = new Program(["start", "--json"], { cwd: root, env: { AIOS_DATA_DIR: path.join(root, "data") } });
    await program.until(({ out }) => out.includes("\n"));
    const { url } = JSON.parse(program.out.split("\n")[0] ?? "") as { readonly url: string };
    const token = (await readFile(path.join(root, "data", "operator.token"), "utf8")).trim();
    return new Doors(program, url, token);
  }

  submit(n: number): Promise<Response> {
    return fetch(`${this.#url}/api/v1/tasks`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: JSON.stringify({ agent: "worker", input: n }),
    });
  }

  /** The terms of the tasks as `/metrics` gives them. */
  async terms(): Promise<Terms> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const found = [...text.matchAll(/^aios_work\{kind="task",state="(\w+)"\} (\d+)$/gm)];
    return Object.fromEntries(found.map(([, state, value]) => [state, Number(value)])) as unknown as Terms;
  }
}

describe("an engine that is offered ten times what it can take", () => {
  it("over HTTP: takes what finds room, tells the others when to come again, and loses nothing of it in a kill", async () => {
    const root = await tempDir();
    const witness = path.join(root, "witness");
    const worker = { id: "worker", config: { command: command(witness), output: "text" } };
    const config = { ...settings, agents: { declared: [worker] } };
    await writeFile(path.join(root, "aios.config.json"), JSON.stringify(config));
    const doors = await Doors.open(root);
    const answers = await Promise.all(Array.from({ length: OFFERED }, (_, n) => doors.submit(n)));
    const accepted = answers.filter(({ status }) => status === 202);
    const bodies = (await Promise.all(accepted.map((answer) => answer.json()))) as readonly { readonly id: string }[];
    const taken = bodies.map(({ id }) => id);
    const refused = answers.filter(({ status }) => status !== 202);
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
    expect(refused.every(({ headers }) => Number(headers.get("retry-after")) >= 1)).toBe(true);
    expect(taken.length).toBeGreaterThanOrEqual(ROOM);
    expect(taken.length).toBeLessThan(OFFERED);
    const before = await doors.terms();
    expect([before.accepted, sum(before)]).toEqual([taken.length, taken.length]);
    doors.program.kill("SIGKILL");
    await doors.program.ended;

    const again = await Doors.open(root);
    let after = await again.terms();
    expect([after.accepted, sum(after)]).toEqual([taken.length, taken.length]);
    while (after.pending > 0) {
      after = await again.terms();
      expect(sum(after)).toBe(taken.length);
    }
    expect(after).toMatchObject({ accepted: taken.length, done: taken.length });
    expect([...(await witnessed(witness))].sort()).toEqual([...taken].sort());
  }, 120_000);

  it("over the library: the same, counted by the program around it", async () => {
    const root = await tempDir();
    const witness = path.join(root, "witness");
    const dataDir = path.join(root, "data");
    const orders = { config: { ...settings, dataDir }, command: command(witness), offered: OFFERED };
    const program = path.join(import.meta.dirname, "../../fixtures/overload-program.ts");
    const child = spawn(process.execPath, ["--import", "tsx", program, JSON.stringify(orders)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let told = { taken: [] as readonly string[], refused: [] as readonly string[] };
    for await (const line of createInterface({ input: child.stdout })) {
      told = JSON.parse(line) as typeof told;
      break;
    }
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(told.taken.length).toBeGreaterThanOrEqual(ROOM);
    expect(new Set(told.refused)).toEqual(new Set(["busy"]));
    expect(told.taken.length + told.refused.length).toBe(OFFERED);

    const test = await TestEngine.open({ dataDir, config: settings });
    const terms = () => test.engine.runtime.views.work.terms().task;
    expect(terms().accepted).toBe(told.taken.length);
    for (const id of told.taken) await test.engine.tasks.finished(id);
    expect(terms()).toEqual({
      accepted: told.taken.length,
      done: told.taken.length,
      suppressed: 0,
      deadLettered: 0,
      pending: 0,
    });
    expect([...(await witnessed(witness))].sort()).toEqual([...told.taken].sort());
  }, 120_000);
});
