import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

describe("aios agents", () => {
  it("registers an agent by the command that it runs", async () => {
    const { ask } = await listeningEngine();
    expect((await ask(["agents"])).out).toContain("No agents");
    const wishes = ["--settings", '{"output": "text"}', "--capability", "write", "--capability", "read"];
    const argv = ["agents", "register", "coder", ...wishes, "--group", "pool", "--concurrency", "2", "--json"];
    const made = await ask([...argv, "--", "node", "--json", "agent.js"]);
    expect(made.json()).toMatchObject({
      id: "coder",
      kind: "process",
      config: { command: ["node", "--json", "agent.js"], output: "text" },
      capabilities: ["write", "read"],
      group: "pool",
      concurrency: 2,
    });
    expect((await ask(["agents", "list", "--group", "pool"])).out).toMatch(
      /^coder +process +idle .* not enough data$/m,
    );
    expect((await ask(["agents", "list", "--state", "degraded"])).out).toContain("No agents");
    const shown = (await ask(["agents", "show", "coder"])).out;
    expect(shown).toMatch(/^capabilities +write, read$/m);
    expect(shown).toContain('"command":["node","--json","agent.js"]');
  });

  it("registers an agent from a file, which the engine judges", async () => {
    const { ask } = await listeningEngine();
    const cwd = await tempDir();
    const agent = { id: "web", kind: "http", config: { url: "http://127.0.0.1:9/task" } };
    await nodeFiles.write(path.join(cwd, "agent.json"), JSON.stringify(agent));
    expect((await ask(["agents", "register", "--file", "agent.json", "--json"], { cwd })).json()).toMatchObject(agent);
    const bad = JSON.stringify({ ...agent, config: { url: "nowhere" }, more: 1 });
    const refused = await ask(["agents", "register", "--file", "-"], { stdin: bad });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("more");
    expect((await ask(["agents", "register", "web", "--file", "agent.json"], { cwd })).code).toBe(2);
    expect((await ask(["agents", "register", "coder"])).err).toContain("-- COMMAND is missing");
    expect((await ask(["agents", "register"])).err).toContain("ID is missing");
  });

  it("orders an agent about, in the name of the caller", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("coder", ["node", "-e", "0"]);
    expect((await ask(["agents", "drain", "coder", "--reason", "a pause"])).out).toMatch(/^takes tasks +no, drained$/m);
    expect((await ask(["agents", "start", "coder", "--json"])).json()).toMatchObject({ accepting: "yes" });
    expect((await ask(["agents", "stop", "coder", "--json"])).json()).toMatchObject({ accepting: "stopped" });
    expect((await ask(["agents", "reset", "coder"])).code).toBe(0);
    expect((await ask(["agents", "archive", "coder"])).code).toBe(0);
    expect(engine.told("agent.drained")[0]).toMatchObject({ data: { by: "operator:first", reason: "a pause" } });
    expect((await ask(["agents", "drain", "nobody"])).code).toBe(1);
  });

  it("gives an agent a new configuration, and an older one back", async () => {
    const { engine, ask } = await listeningEngine();
    await engine.agent("coder", ["node", "one.js"]);
    expect((await ask(["agents", "configure", "coder", '{"command": ["node", "two.js"]}'])).out).toContain("Version 2");
    expect((await ask(["agents", "configure", "coder", "--restore", "1"])).out).toContain("Version 3");
    const { out } = await ask(["agents", "configuration", "coder"]);
    expect(out.split("\n").map((line) => /"(\w+\.js)"/.exec(line)?.[1])).toEqual([
      undefined,
      "one.js",
      "two.js",
      "one.js",
      undefined,
    ]);
    expect(out).toMatch(/^3 \(current\)/m);
    expect((await ask(["agents", "configure", "coder", "--restore", "9"])).err).toContain("there are 3, 2, 1");
    expect((await ask(["agents", "configure", "coder"])).code).toBe(2);
    expect((await ask(["agents", "configure", "coder", '{"command": []}'])).err).toContain("config.command");
  });
});
