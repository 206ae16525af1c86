import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { playbooksDoor } from "../../../src/runtime/doors/playbooks-door.ts";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { tempDir } from "../../support/temp-dir.ts";

const EXAMPLE = path.resolve(import.meta.dirname, "../../../examples/actions/set-json-value.mjs");

/** Crunches batches as its settings say, and cannot take more than 100 at once; beside `broken` it never can. */
const CRUNCHER = `
import { existsSync, readFileSync } from "node:fs";
const { limits } = JSON.parse(readFileSync(process.argv[2], "utf8"));
if (limits.batch > 100 || existsSync(process.argv[2] + ".broken")) { console.error("BATCH_TOO_LARGE"); process.exit(3); }
console.log(JSON.stringify({ crunched: limits.batch }));
`;

const task = { $ref: "event.data.taskId" };

/** Answers the task that spent its attempts: a smaller batch, and the task once more. */
function shrinking(file: string, more: object = {}) {
  return {
    id: "batch_shrink",
    trigger: { event_type: "task.failed", conditions: { path: "event.data.agentId", eq: "cruncher" } },
    target: { kind: "file", id: file },
    actions: [
      { type: "set_json_value", params: { path: file, member: "limits.batch", value: 50 } },
      { type: "retry_task", params: { target: task, probe: true } },
    ],
    validation: {
      check: "task_succeeded",
      params: { target: task },
      settleMs: 50,
      probes: 1,
      required: 1,
      intervalMs: 50,
      timeoutMs: 60_000,
    },
    grants: [`fs.write:${file}`, "task.retry:own"],
    tests: [
      { event: { type: "task.failed", data: { agentId: "cruncher", taskId: "t" } }, expect: "match" },
      { event: { type: "task.failed", data: { agentId: "other", taskId: "t" } }, expect: "no_match" },
    ],
    ...more,
  };
}

/** A directory with the cruncher and settings that it cannot work by. */
async function workshop() {
  const directory = await tempDir();
  const file = path.join(directory, "settings.json");
  const program = path.join(directory, "cruncher.mjs");
  await writeFile(program, CRUNCHER);
  await writeFile(file, '{"limits": {"batch": 500}}');
  await chmod(file, 0o640);
  /** An action of the user's own in a file of its own. */
  const action = async (body: string) => {
    const own = path.join(directory, `${Math.random().toString(36).slice(2)}.mjs`);
    await writeFile(own, body);
    return own;
  };
  const config = (actions: readonly string[], more: object = {}) => ({
    reactor: { actions: [...actions], ...more },
    tasks: { backoff: { firstMs: 10 } },
  });
  const fail = async (engine: TestEngine) => {
    await engine.agent("cruncher", [process.execPath, program, file], { output: "json" });
    await engine.engine.tasks.submit({ agent: "cruncher", input: null, retries: 0 });
  };
  return { directory, file, action, config, fail, data: path.join(directory, "data") };
}

/** An own action with these members instead of the usual ones. */
const own = (members: string) => `export const action = ({ z }) => ({
  name: "custom", summary: "Does something of its own.", params: z.strictObject({}), risk: "low", idempotent: false,
  grants: () => ["own:custom"], says: () => "do something", outside: () => false,
  run: async () => ({ detail: "done" }), ${members} });`;

const custom = (more: object = {}) => ({
  id: "custom_once",
  trigger: { event_type: "my.alarm" },
  actions: [{ type: "custom" }],
  validation: { check: "none" },
  grants: ["own:custom"],
  tests: [{ event: { type: "my.alarm" }, expect: "match" }],
  ...more,
});

describe("an action of the user's own", () => {
  it("mends a real fault: the settings' file is edited, and the task succeeds that could not", async () => {
    const { file, config, fail } = await workshop();
    const engine = await TestEngine.open({ playbooks: [shrinking(file)], config: config([EXAMPLE]) });
    await fail(engine);
    const { data } = await engine.until("playbook.settled");
    expect(data).toMatchObject({ outcome: "fixed", rollback: "none" });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ limits: { batch: 50 } });
    const [step] = engine.told("run.step_completed");
    expect(step?.data).toMatchObject({ action: "set_json_value", ok: true, evidence: { value: 50 } });
  });

  it("is undone byte for byte when what it did does not help", async () => {
    const { file, config, fail } = await workshop();
    await writeFile(`${file}.broken`, "");
    const engine = await TestEngine.open({ playbooks: [shrinking(file)], config: config([EXAMPLE]) });
    await fail(engine);
    const { data } = await engine.until("playbook.settled");
    expect(data).toMatchObject({ outcome: "not_fixed", rollback: "rolled_back", residue: [] });
    expect(await readFile(file, "utf8")).toBe('{"limits": {"batch": 500}}');
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  it("does nothing in a rehearsal, and refuses there what it would refuse live", async () => {
    const { file, config, fail } = await workshop();
    const rehearsing = config([EXAMPLE], { mode: "rehearse" });
    const engine = await TestEngine.open({ playbooks: [shrinking(file)], config: rehearsing });
    await fail(engine);
    const { data } = await engine.until("run.step_completed");
    expect(data).toMatchObject({ ok: true, detail: expect.stringMatching(/^would have: set limits.batch in/) });
    expect(await readFile(file, "utf8")).toBe('{"limits": {"batch": 500}}');

    const other = await workshop();
    const absent = shrinking(other.file);
    absent.actions[0] = { type: "set_json_value", params: { path: other.file, member: "limits.none", value: 1 } };
    const second = await TestEngine.open({
      playbooks: [absent],
      config: other.config([EXAMPLE], { mode: "rehearse" }),
    });
    await other.fail(second);
    expect((await second.until("run.step_completed")).data).toMatchObject({
      ok: false,
      detail: expect.stringContaining("has no limits.none"),
    });
  });

  it("is part of what a person approves: other code is another plan, and the old one is carried out by nobody", async () => {
    const { config, action, data } = await workshop();
    const file = await action(own(""));
    const options = { playbooks: [custom({ risk: "medium" })], config: config([file]), dataDir: data };
    const first = await TestEngine.open(options);
    await first.engine.publish({ type: "my.alarm", data: {} });
    const { data: asked } = await first.until("approval.requested");
    await first.stop();
    await writeFile(file, `${own("")} // other code`);
    const second = await TestEngine.open({ ...options, http: true });
    const client = await second.client();
    const param = { id: asked.approvalId, decision: "approve" as const };
    expect((await client.approvals[":id"][":decision"].$post({ param, json: {} })).status).toBe(200);
    const { data: settled } = await second.until("playbook.settled");
    expect(settled.outcome).not.toBe("fixed");
    expect(second.told("run.step_started")).toEqual([]);
    expect(second.told("run.step_completed")).toMatchObject([
      { data: { ok: false, detail: expect.stringContaining("custom is other code than the plan was made with") } },
    ]);
    const event = { event: { type: "my.alarm", data: {} } };
    const { planHash } = await playbooksDoor(second.engine.runtime).dryRun("custom_once", event, {
      role: "operator",
      id: "me",
    });
    expect(planHash).not.toBe(asked.planHash);
  });

  it("is held to its grants: a playbook without them is refused, and so is its plan", async () => {
    const { file, config } = await workshop();
    const engine = await TestEngine.open({
      playbooks: [shrinking(file, { grants: ["task.retry:own"] })],
      config: config([EXAMPLE]),
    });
    const [refused] = engine.engine.runtime.remedies.rules.refused;
    expect(refused?.reason).toContain(`actions[0] (set_json_value) needs "fs.write:${file}"`);
  });

  it("asks a person where it cannot be undone and reaches outside, which it does unless it says otherwise", async () => {
    const { action, config } = await workshop();
    const file = await action(own("outside: undefined,"));
    const engine = await TestEngine.open({ playbooks: [custom()], config: config([file]) });
    await engine.engine.publish({ type: "my.alarm", data: {} });
    expect((await engine.until("approval.requested")).data.risk).toBe("medium");
  });

  it.each([
    ["hangs", "timeoutMs: 30, run: () => new Promise(() => {}),", "custom: run did not end within 30 ms"],
    ["throws", 'run: () => { throw new Error("no luck"); },', "no luck"],
    ["says nothing", "run: async () => undefined,", "`run`"],
  ])("that %s is an action that failed, and says so", async (_, members, says) => {
    const { action, config } = await workshop();
    const engine = await TestEngine.open({ playbooks: [custom()], config: config([await action(own(members))]) });
    await engine.engine.publish({ type: "my.alarm", data: {} });
    const { data } = await engine.until("run.step_completed");
    expect(data).toMatchObject({ ok: false, detail: expect.stringContaining(says) });
    expect((await engine.until("playbook.settled")).data.outcome).toBe("not_fixed");
  });

  it("gets no more out of the engine's doors once its time is over", async () => {
    const { action, config, file } = await workshop();
    const late = own(`timeoutMs: 30, grants: () => ["fs.write:${file}"],
      run: async (_, { files, signal }) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        try { await files.write("${file}", "late"); } catch (failure) { globalThis.ownActionHeard(failure.message); }
        return { detail: "late" };
      },`);
    const heard = new Promise<string>((resolve) => Reflect.set(globalThis, "ownActionHeard", resolve));
    const engine = await TestEngine.open({
      playbooks: [custom({ grants: [`fs.write:${file}`] })],
      config: config([await action(late)]),
    });
    await engine.engine.publish({ type: "my.alarm", data: {} });
    expect(await heard).toBe("custom: run did not end within 30 ms");
    expect(await readFile(file, "utf8")).toBe('{"limits": {"batch": 500}}');
  });

  it("that fails while a plan is judged refuses that plan alone, with its file's name", async () => {
    const { action, config } = await workshop();
    const file = await action(
      own(
        'grants: (params) => { if (params.x === "boom") throw new Error("odd"); return ["own:custom"]; }, params: z.strictObject({ x: z.string() }),',
      ),
    );
    const asking = custom({ actions: [{ type: "custom", params: { x: { $ref: "event.data.x" } } }] });
    const engine = await TestEngine.open({ playbooks: [asking], config: config([file]) });
    await engine.engine.publish({ type: "my.alarm", data: { x: "boom" } });
    const { data } = await engine.until("playbook.settled");
    expect(data).toMatchObject({ outcome: "refused", reason: expect.stringContaining(`custom (${file}): odd`) });
    await engine.engine.publish({ type: "my.alarm", data: { x: "fine" } });
    expect((await engine.until("run.step_completed")).data.ok).toBe(true);
  });

  it("may be gone when an engine starts that a run still waits for: the run fails and says what is left", async () => {
    const { action, config, data } = await workshop();
    const hanging = await action(
      own(
        'idempotent: true, timeoutMs: 3600000, undo: async () => ({ same: true, detail: "undone" }), run: () => new Promise(() => {}),',
      ),
    );
    const first = await TestEngine.open({ playbooks: [custom()], config: config([hanging]), dataDir: data });
    await first.engine.publish({ type: "my.alarm", data: {} });
    await first.until("run.step_started");
    await first.stop();

    const second = await TestEngine.open({ playbooks: [custom()], config: config([]), dataDir: data });
    const settled = await second.until("playbook.settled");
    expect(settled.data).toMatchObject({ outcome: "not_fixed", rollback: "residue" });
    expect(settled.data.residue).toEqual(['custom: there is no action "custom" any more']);
    expect(second.engine.runtime.remedies.rules.refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('actions[0].type: unknown action "custom"'),
    ]);
  });
});

describe("a file that is no action", () => {
  it.each([
    ["is not there", undefined, "no module of that name can be loaded"],
    ["does not parse", "export const action = (;", "no module of that name can be loaded"],
    ["throws while it is loaded", 'throw new Error("at once");', "at once"],
    ["exports nothing", "export const other = 1;", "exports no action as `action` or by default: a function"],
    ["has a factory that throws", 'export const action = () => { throw new Error("no"); };', "its factory fails: no"],
    ["gives no object", "export const action = () => 7;", "the factory gave no object"],
    ["has no name", own("name: undefined,"), "`name` is missing: a word such as bump_value"],
    ["has a name that no playbook can write", own('name: "Re-Start!",'), "`name` is 2 to 64 small letters"],
    [
      "takes the name of one of ours",
      own('name: "kill_process",'),
      '`name` "kill_process" is taken by a built-in action',
    ],
    ["has no summary", own('summary: "",'), "`summary` is empty"],
    ["has no schema", own("params: {},"), "`params` is missing or no object schema: write `z.strictObject"],
    [
      "has a schema that nobody can show",
      own("params: z.strictObject({ x: z.date() }),"),
      "`params` cannot be written",
    ],
    ["has a risk that is none", own('risk: "tiny",'), "`risk` is missing or unknown: one of low, medium"],
    ["does not say whether it may be repeated", own("idempotent: undefined,"), "`idempotent` is missing: true when"],
    ["does not run", own('run: "rm",'), "`run` is missing or no function: write `run: async"],
    ["has an undo that is none", own("undo: true,"), "`undo` is missing or no function: write `undo: async"],
    ["names no grants", own("grants: [],"), "`grants` is missing or no function"],
    ["does not say what it does", own("says: undefined,"), "`says` is missing or no function"],
    ["has grants of its own that are none", own('ownScope: ["fs.write:relative"],'), "`ownScope[0]` an absolute path"],
    ["would take for ever", own("timeoutMs: 1e9,"), "`timeoutMs` is at most"],
    ["has a member that nobody reads", own("undoo: async () => {},"), '`undoo` unknown member "undoo"'],
  ])("and %s keeps the engine from starting, with file, member and advice", async (_, body, says) => {
    const { action, config, directory } = await workshop();
    const file = body === undefined ? "./nothing.mjs" : await action(body);
    const opened = TestEngine.open({ config: config([file]), dataDir: path.join(directory, "data") });
    await expect(opened).rejects.toMatchObject({ code: "config.invalid", message: expect.stringContaining(says) });
    await expect(opened).rejects.toMatchObject({ message: expect.stringContaining(`reactor.actions: "${file}"`) });
  });

  it("takes no name that another file has", async () => {
    const { action, config } = await workshop();
    const files = [await action(own("")), await action(own(""))];
    const opened = TestEngine.open({ config: config(files) });
    await expect(opened).rejects.toMatchObject({ message: expect.stringContaining(`is taken by ${files[0]}`) });
  });
});

describe("the command line, which needs no engine for it,", () => {
  async function project() {
    const shop = await workshop();
    const playbooks = path.join(shop.directory, "playbooks");
    await mkdir(playbooks);
    await writeFile(path.join(playbooks, "batch_shrink.json"), JSON.stringify(shrinking(shop.file)));
    await writeFile(path.join(shop.directory, "aios.config.json"), JSON.stringify({ reactor: { actions: [EXAMPLE] } }));
    const ask = (...argv: readonly string[]) => aios(argv, { cwd: shop.directory, env: {} });
    return { ...shop, ask };
  }

  it("lists it with the file it is from, and shows its parameters to editors", async () => {
    const { ask } = await project();
    const { items } = (await ask("playbook", "actions", "--json")).json() as { items: readonly object[] };
    expect(items).toContainEqual(
      expect.objectContaining({ name: "set_json_value", source: EXAMPLE, risk: "low", reversible: true }),
    );
    expect(items).toContainEqual(expect.objectContaining({ name: "kill_process", source: "built in" }));
    const { out } = await ask("playbook", "schema");
    expect(out).toContain('"const": "set_json_value"');
    expect(out).toContain("Which value, with dots between the names");
  });

  it("lints and tests playbooks with it, and without its file says that there is no such action", async () => {
    const { ask, directory } = await project();
    expect(await ask("playbook", "lint", "playbooks")).toMatchObject({ code: 0 });
    expect(await ask("playbook", "test", "playbooks")).toMatchObject({ code: 0 });
    await writeFile(path.join(directory, "aios.config.json"), "{}");
    const without = await ask("playbook", "lint", "playbooks");
    expect(without.code).toBe(1);
    expect(without.out).toContain('actions[0].type: unknown action "set_json_value"');
  });

  it("says in the doctor what is wrong with its file", async () => {
    const { ask, directory } = await project();
    await writeFile(path.join(directory, "aios.config.json"), JSON.stringify({ reactor: { actions: ["./none.mjs"] } }));
    const { out } = await ask("doctor");
    expect(out).toContain('"./none.mjs" is no action');
  });
});
