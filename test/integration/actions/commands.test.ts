import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { declaredCommand } from "../../../src/actions/command.ts";
import { actions } from "../../../src/actions/index.ts";
import type { Action } from "../../../src/actions/kind.ts";
import { isAlive } from "../../support/process-table.ts";
import { openWorld, type World } from "./world.ts";

function kindOf(name: string): Action {
  const kind = actions.get(name);
  if (kind === undefined) throw new Error(`there is no action ${name}`);
  return kind;
}

const runCommand = kindOf("run_command");

function declare({ commands, directory }: World, script: string, more: object = {}): void {
  const command = { path: process.execPath, arguments: ["-e", script], cwd: directory, ...more };
  commands.set("job", declaredCommand.parse(command));
}

const job = (world: World, signal?: AbortSignal) =>
  runCommand.run({ command: "job", arguments: {} }, world.context(["exec:job"], signal));

describe("a declared command", () => {
  it("is the only program there is, before anything runs", async () => {
    const world = await openWorld();
    const preparing = runCommand.prepare({ command: "job", arguments: {} }, world.context(["exec:job"]));
    await expect(preparing).rejects.toMatchObject({ code: "action.refused", message: /declares no command "job"/ });
  });

  it("sees its own environment and nothing of the engine's", async () => {
    const world = await openWorld();
    declare(world, "console.log(Object.keys(process.env).sort().join())", { env: { OWN: "1" } });
    expect((await job(world)).evidence).toMatchObject({ code: 0, output: "AIOS_OWNER_TOKEN,LANG,OWN,PATH" });
  });

  it("is given a secret by reference, and what it prints of it is not kept", async () => {
    const world = await openWorld();
    declare(world, "console.log('token', process.env.TOKEN, 'of', process.env.TOKEN.length)", {
      secrets: { TOKEN: "API_TOKEN" },
    });
    expect(await job(world)).toMatchObject({ evidence: { output: "token (secret) of 12" } });
    declare(world, "", { secrets: { TOKEN: "ANOTHER" } });
    await expect(job(world)).rejects.toMatchObject({ code: "action.refused" });
  });

  it("fails by an exit code that is none of success, with the end of what it wrote", async () => {
    const world = await openWorld();
    const script = "console.error('no space left'); process.exit(3)";
    declare(world, script);
    await expect(job(world)).rejects.toMatchObject({ code: "action.failed", message: /code 3: no space left/ });
    declare(world, script, { exitCodes: [0, 3] });
    expect((await job(world)).evidence).toMatchObject({ code: 3 });
  });

  it("is ended with all it started when it takes too long", async () => {
    const world = await openWorld();
    const child = `require("child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })`;
    const script = `const { pid } = ${child}; require("fs").writeFileSync("pid", String(pid)); setInterval(() => {}, 1000)`;
    declare(world, script, { timeoutMs: 1_500 });
    await expect(job(world)).rejects.toMatchObject({ code: "action.failed", message: /ended after 1500 ms/ });
    const pid = Number(await readFile(path.join(world.directory, "pid"), "utf8"));
    expect(isAlive(pid)).toBe(false);
  });

  it("is ended when the engine stops, and did not fail", async () => {
    const world = await openWorld();
    declare(world, "setInterval(() => {}, 1000)");
    const stop = new AbortController();
    const running = job(world, stop.signal);
    stop.abort("interrupted");
    await expect(running).rejects.toMatchObject({ code: "action.refused" });
  });
});

describe("a request with a secret in a header", () => {
  it("sends it, and its plan holds only its name", async () => {
    const world = await openWorld();
    const request = kindOf("http_request");
    const params = {
      url: `http://${world.server.host}/hook`,
      secretHeaders: { "idempotency-key": { secret: "API_TOKEN", prefix: "Bearer " } },
    };
    const settled = request.settle(params, { idleAgents: [], maxTargets: 5 });
    expect(JSON.stringify(settled)).not.toContain("s3cret-value");
    if (settled.kind === "refused") throw new Error(settled.detail);
    await request.run(settled.params, world.context([`http:POST ${world.server.host}/hook`]));
    expect(world.server.requests[0]?.key).toBe("Bearer s3cret-value");
  });
});
