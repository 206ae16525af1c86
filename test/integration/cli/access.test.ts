import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { aios, listeningEngine } from "../../support/cli.ts";
import { tempDir } from "../../support/temp-dir.ts";

describe("aios token", () => {
  it("makes a token that may do what its role may, until it is revoked", async () => {
    const { ask, env } = await listeningEngine();
    const made = await ask(["token", "create", "--role", "viewer", "--label", "wall"]);
    expect(made.out).toMatch(/^aios_\w+\n$/);
    const asViewer = { env: { ...env, AIOS_TOKEN: made.out.trim() } };
    expect((await aios(["score"], asViewer)).code).toBe(0);
    const refused = await aios(["pause"], asViewer);
    expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("does not have the right engine.pause")]);
    const { items } = (await ask(["token", "list", "--json"])).json() as { items: { id: string; label?: string }[] };
    const id = items.find(({ label }) => label === "wall")?.id ?? "";
    expect((await ask(["token"])).out).toMatch(new RegExp(`^${id} +viewer .* wall$`, "m"));
    expect((await ask(["token", "revoke", id])).out).toBe(`Token ${id} works no longer.\n`);
    const unknown = await aios(["score"], asViewer);
    expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining("does not know the token of AIOS_TOKEN")]);
  });

  it("wants a role, and an agent for an agent's token alone", async () => {
    const { ask } = await listeningEngine();
    expect((await ask(["token", "create"])).err).toContain("--role is missing");
    expect((await ask(["token", "create", "--role", "agent"])).code).toBe(2);
    expect((await ask(["token", "create", "--role", "viewer", "--agent", "coder"])).code).toBe(2);
    const made = (await ask(["token", "create", "--role", "agent", "--agent", "coder", "--json"])).json();
    expect(made).toMatchObject({ role: "agent", agent: "coder" });
  });

  it("shows the operator's token of a data directory without an engine", async () => {
    const cwd = await tempDir();
    expect((await aios(["token", "show"], { cwd })).code).toBe(2);
    await nodeFiles.makeDirectory(path.join(cwd, ".aios"));
    await nodeFiles.write(path.join(cwd, ".aios", "operator.token"), "aios_secret\n");
    expect((await aios(["token", "show"], { cwd })).out).toBe("aios_secret\n");
    expect((await aios(["token", "show", "--data-dir", ".aios", "--json"], { cwd })).json()).toEqual({
      token: "aios_secret",
    });
  });
});

describe("aios pause and resume", () => {
  it("tell the engine, which says who paused it and why", async () => {
    const { ask, engine } = await listeningEngine();
    expect((await ask(["pause", "--reason", "a new disk"])).out).toBe(
      "The reactor is paused by operator:first: a new disk.\n",
    );
    expect(engine.told("reactor.paused")).toMatchObject([{ data: { by: "operator:first", reason: "a new disk" } }]);
    expect((await ask(["pause", "--json"])).json()).toMatchObject({ paused: true, reason: "a new disk" });
    expect((await ask(["resume"])).out).toBe("The reactor may act (mode live).\n");
    expect(engine.told("reactor.resumed")).toHaveLength(1);
  });

  it("write and remove the file PAUSE when no engine answers, and say so", async () => {
    const cwd = await tempDir();
    const world = { cwd, env: { AIOS_PORT: "0" } };
    const file = path.join(cwd, ".aios", "PAUSE");
    const paused = await aios(["pause", "--reason", "why"], world);
    expect([paused.code, paused.out]).toEqual([0, expect.stringContaining(`${file} was written`)]);
    expect(paused.err).toContain("No engine runs on");
    expect(await nodeFiles.readText(file)).toContain("why");
    expect((await aios(["resume"], world)).out).toBe(`${file} was removed.\n`);
    expect(await nodeFiles.exists(file)).toBe(false);
    expect((await aios(["pause", "--json"], world)).json()).toEqual({ paused: true, file, engine: "unreachable" });
  });

  it("do not write the file when the engine refuses", async () => {
    const { env, engine } = await listeningEngine();
    expect((await aios(["pause"], { env: { ...env, AIOS_TOKEN: "not-the-right-one" } })).code).toBe(3);
    expect(await nodeFiles.exists(path.join(engine.dataDir, "PAUSE"))).toBe(false);
  });
});
