import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { aios, listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

const say = (text: string) => ["node", "-e", `process.stdout.write(${JSON.stringify(text)})`];
/** Fails once that file is there, so that whoever watches can begin to watch before. */
const failOnce = (file: string) => {
  const end = "console.error('cannot go on'); process.exit(3)";
  return ["node", "-e", `setInterval(() => { if (fs.existsSync(${JSON.stringify(file)})) { ${end} } }, 5)`];
};
const hang = ["node", "-e", "setInterval(() => {}, 1000)"];
const asText = { output: "text" };

describe("aios tasks", () => {
  it("submits a task, waits for its end and hands back what came out", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("writer", say("line one\nline two\n"), asText);
    const submitted = await ask(["tasks", "submit", '{"a": [1]}', "--agent", "writer", "--wait"]);
    expect(submitted.code).toBe(0);
    expect(submitted.out).toMatch(/^state +succeeded$/m);
    const { items } = (await ask(["tasks", "--json"])).json() as { items: { id: string; input: unknown }[] };
    expect(items).toMatchObject([{ state: "succeeded", agent: "writer", input: { a: [1] } }]);
    const id = items[0]?.id ?? "";
    expect((await ask(["tasks", "output", id])).out).toBe("line one\nline two\n");
    expect((await ask(["tasks", "output", id, "--json"])).json()).toMatchObject({ output: "line one\nline two\n" });
    const shown = (await ask(["tasks", "show", id])).out;
    expect(shown).toContain('{"a":[1]}');
    expect(shown).toMatch(new RegExp(`^task on writer +${id}/1 +1 +done `, "m"));
    expect((await ask(["tasks", "list"])).out).toMatch(new RegExp(`^${id} +succeeded +P2 +writer`, "m"));
    expect((await ask(["tasks", "wait", id])).code).toBe(0);
  });

  it("exits with 1 when the task it waited for failed, and told on the way what happened", async () => {
    const { engine, ask } = await listeningEngine();
    const cwd = await tempDir();
    await engine.agent("failing", failOnce(path.join(cwd, "go")));
    const heard = (text: string) => {
      if (/^Task \S+ is (queued|running)\.\n$/.test(text)) void nodeFiles.write(path.join(cwd, "go"), "");
    };
    const argv = ["tasks", "submit", "null", "--agent", "failing", "--retries", "1", "--wait"];
    const { code, out, err } = await ask(argv, { heard });
    expect(code).toBe(1);
    expect(out).toMatch(/^state +dead$/m);
    expect(out).toMatch(/^attempts +2 of 2$/m);
    expect(out).toMatch(/^exit code +3$/m);
    expect(out).toMatch(/^stderr +cannot go on$/m);
    expect(err).toMatch(/task\.failed .* is dead/);
    const { items } = (await ask(["deadletters", "--json"])).json() as { items: { id: string }[] };
    expect(items).toMatchObject([{ agent: "failing", attempts: 2, replayed: false }]);
    const letter = items[0]?.id ?? "";
    expect((await ask(["deadletters"])).out).toContain(letter);
    expect((await ask(["deadletters", "show", letter])).out).toMatch(/^message +exit code 3: cannot go on$/m);
    expect((await ask(["deadletters", "replay", letter])).code).toBe(0);
    expect((await ask(["deadletters", "show", letter, "--json"])).json()).toMatchObject({ replayed: true });
  });

  it("replays every dead letter that waits in the order of their deaths, and none a second time", async () => {
    const { engine, ask } = await listeningEngine();
    const go = path.join(await tempDir(), "go");
    await engine.agent("failing", ["test", "-e", go], asText);
    const first = await engine.run({ agent: "failing", retries: 0 });
    const second = await engine.run({ agent: "failing", retries: 0 });
    await nodeFiles.write(go, "");
    const { code, out } = await ask(["deadletters", "replay", "--all", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ items: [{ id: first.id }, { id: second.id }] });
    for (const { id } of [first, second]) await engine.until("task.succeeded", ({ data }) => data.taskId === id);
    expect((await ask(["deadletters", "replay", "--all"])).out).toBe("No dead letter waits.\n");
    for (const wrong of [["replay"], ["replay", first.id, "--all"]])
      expect((await ask(["deadletters", ...wrong])).code).toBe(2);
  });

  it("waits with an agent's token too, which may not read the events", async () => {
    const { engine, env, ask } = await listeningEngine();
    await engine.agent("writer", say("done"), asText);
    const made = (await ask(["token", "create", "--role", "agent", "--agent", "writer", "--json"])).json();
    const { token } = made as { token: string };
    const { code, out } = await aios(["tasks", "submit", "1", "--wait"], { env: { ...env, AIOS_TOKEN: token } });
    expect(code).toBe(0);
    expect(out).toMatch(/^state +succeeded$/m);
  });

  it("cancels a task that hangs, and waiting for it says so", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("hanging", hang);
    const { id } = (await ask(["tasks", "submit", "1", "--agent", "hanging", "--json"])).json() as { id: string };
    await engine.until("agent.process_started");
    const waiting = ask(["tasks", "wait", id, "--json"]);
    expect((await ask(["tasks", "cancel", id, "--reason", "enough"])).out).toBe(`Task ${id} will be cancelled.\n`);
    const waited = await waiting;
    expect([waited.code, waited.json()]).toMatchObject([1, { id, state: "cancelled" }]);
    expect(engine.told("task.cancelled")).toMatchObject([{ data: { by: "operator:first", reason: "enough" } }]);
    const { code, out, err } = await ask(["tasks", "output", id]);
    expect([code, out, err]).toEqual([1, "", `Task ${id} is cancelled and has no output.\n`]);
  });

  it("takes its input from a file and from standard input, and everything that a task can wish for", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("writer", say("x"), asText, { capabilities: ["write"] });
    const cwd = await tempDir();
    await nodeFiles.write(path.join(cwd, "input.json"), '{"from": "file"}\n');
    const first = (await ask(["tasks", "submit", "@input.json", "--capability", "write", "--json"], { cwd })).json();
    expect(first).toMatchObject({ input: { from: "file" }, capability: "write" });
    const { id } = first as { id: string };
    const wishes = ["--priority", "P0", "--timeout", "90s", "--retries", "0", "--depends-on", id];
    const keyed = ["tasks", "submit", "-", "--agent", "writer", ...wishes, "--idempotency-key", "k", "--json"];
    const second = (await ask(keyed, { stdin: '"piped"' })).json();
    expect(second).toMatchObject({ input: "piped", priority: "P0", timeoutMs: 90_000, retries: 0, dependsOn: [id] });
    expect((await ask(keyed, { stdin: '"piped"' })).json()).toMatchObject({ id: (second as { id: string }).id });
    expect((await ask(["tasks", "list", "--limit", "1"])).err).toContain("There are more");
  });

  it("says where input is no JSON, and what the engine does not take", async () => {
    const { ask } = await listeningEngine();
    const cwd = await tempDir();
    await nodeFiles.write(path.join(cwd, "bad.json"), '{\n  "a": 1,\n}');
    const bad = await ask(["tasks", "submit", "@bad.json", "--agent", "x"], { cwd });
    expect(bad.code).toBe(2);
    expect(bad.err).toContain(`INPUT (${cwd}/bad.json) is not JSON: line 3, column 1: expected a member name`);
    expect((await ask(["tasks", "submit", "hello"])).err).toContain(`plain text is written '"hello"'`);
    expect((await ask(["tasks", "submit", "@no.json"], { cwd })).err).toContain(`there is no file ${cwd}/no.json`);
    const nobody = await ask(["tasks", "submit", "1", "--agent", "nobody", "--json"]);
    expect(nobody.code).toBe(1);
    expect(JSON.parse(nobody.err)).toMatchObject({ error: { code: "agent.unknown" } });
    expect((await ask(["tasks", "wait", "task-nowhere"])).code).toBe(1);
  });

  it("exits with 4 when no engine answers, and with 2 for what no command line may be", async () => {
    const env = { AIOS_PORT: "0" };
    expect((await aios(["tasks"], { env })).code).toBe(4);
    expect((await aios(["tasks", "list", "--state", "done"], { env })).code).toBe(2);
    expect((await aios(["tasks", "show", ".."], { env })).code).toBe(2);
  });
});
