import { once } from "node:events";
import { createWebSocketReceiver, type StatelyInspectionEvent } from "@statelyai/inspect";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { writeRunningFile } from "../../../src/cli/running-file.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { type InspectionRelay, isWelcome, openInspectionRelay } from "../../../src/platform/inspection-relay.ts";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { Program } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function listeningEngine() {
  const engine = await TestEngine.open({ http: true });
  const url = engine.engine.url ?? "";
  await writeRunningFile(engine.dataDir, { url, pid: process.pid, version: "0.0.0-test" });
  return { engine, url, env: { AIOS_DATA_DIR: engine.dataDir } };
}

describe("aios status", () => {
  it("says that the engine is ready, where, since when, and what it has to do", async () => {
    const { engine, url, env } = await listeningEngine();
    await engine.agent("worker", ["cat"], { output: "text" });
    await engine.run({ agent: "worker", input: "x" });
    const { code, json } = await aios(["status", "--json"], { env });
    expect(code).toBe(0);
    expect(json()).toMatchObject({
      url,
      ready: true,
      agents: { idle: 1 },
      tasks: { succeeded: 1 },
      score: { score: null },
      pause: { paused: false, mode: "live" },
      startedAtMs: expect.any(Number),
    });
    const said = await aios(["status"], { env });
    expect(said.out).toContain(`ready at ${url}`);
    expect(said.out).toMatch(/agents +1 idle\n/);
  });

  it("exits with 4 when none answers", async () => {
    expect(await aios(["status"], { env: { AIOS_PORT: "0" } })).toMatchObject({ code: 4 });
  });
});

describe("aios dashboard", () => {
  it("prints a link that opens the page once", async () => {
    const { env, url } = await listeningEngine();
    const { code, json } = await aios(["dashboard", "--json"], { env });
    const link = (json() as { url: string }).url;
    expect([code, link.startsWith(`${url}/?ticket=`)]).toEqual([0, true]);
    const open = () => fetch(link, { redirect: "manual" });
    const first = await open();
    expect([first.status, first.headers.get("set-cookie")]).toEqual([303, expect.stringContaining("HttpOnly")]);
    expect((await open()).status).toBe(403);
  });
});

describe("aios stop", () => {
  it("ends the engine of the directory in order and says so once it is gone", async () => {
    const cwd = await tempDir();
    const started = new Program(["start", "--json"], { cwd });
    await started.until(({ out }) => out.includes("\n"));
    const { dataDir, pid } = JSON.parse(started.out) as { dataDir: string; pid: number };
    const { code, json } = await aios(["stop", "--json"], { cwd });
    expect([code, json()]).toEqual([0, { stopped: true, pid, dataDir, tookMs: expect.any(Number) as number }]);
    expect((await started.ended).code).toBe(0);
    expect(await nodeFiles.exists(`${dataDir}/engine.lock`)).toBe(false);
    expect(await aios(["stop"], { cwd })).toMatchObject({ code: 4 });
  });

  it("ends nobody for a lock that a dead engine left, although its pid lives on in another process", async () => {
    const dataDir = await tempDir();
    const stale = { pid: process.pid, startTime: "1", bootId: "another boot", token: "t" };
    await nodeFiles.write(`${dataDir}/engine.lock`, JSON.stringify(stale));
    expect(await aios(["stop"], { env: { AIOS_DATA_DIR: dataDir } })).toMatchObject({
      code: 4,
      err: expect.stringContaining(`No engine runs on ${dataDir}`) as string,
    });
  });
});

describe("aios inspect", () => {
  async function relayFor(origins: readonly string[] = []): Promise<{ engine: TestEngine; relay: InspectionRelay }> {
    const { engine, url } = await listeningEngine();
    const token = ((await nodeFiles.readText(`${engine.dataDir}/operator.token`)) ?? "").trim();
    const relay = await openInspectionRelay({
      port: 0,
      upstream: new URL("/ws/inspect", url.replace("http", "ws")),
      headers: { authorization: `Bearer ${token}` },
      origins,
      note: () => {},
    });
    onTestFinished(() => relay.close());
    return { engine, relay };
  }

  it("tells the package's own receiver, which knows no token, each machine's definition and then how it moves", async () => {
    const { engine, relay } = await relayFor();
    const told: StatelyInspectionEvent[] = [];
    const moved = new Promise<void>((resolve) => {
      createWebSocketReceiver({ server: relay.url }).subscribe((message) => {
        told.push(message);
        if (message.sessionId !== "scheduler/main") return;
        if (message.type === "@xstate.actor") void engine.agent("worker", ["cat"], { output: "text" });
        if (message.type === "@xstate.snapshot") resolve();
      });
    });
    await moved;
    const firstOf = (type: string) => told.findIndex((one) => one.type === type && one.sessionId === "scheduler/main");
    expect(told.every(({ type }) => type.startsWith("@xstate."))).toBe(true);
    expect(firstOf("@xstate.actor")).toBeLessThan(firstOf("@xstate.snapshot"));
    const introduced = told[firstOf("@xstate.actor")];
    expect(introduced).toMatchObject({ definition: expect.stringContaining('"states"') });
  });

  it("turns away pages of other origins, and whoever calls it by another name", async () => {
    const { relay } = await relayFor(["https://inspector.example"]);
    const refused = new WebSocket(relay.url, { origin: "https://evil.example" });
    const [, response] = (await once(refused, "unexpected-response")) as [unknown, { statusCode: number }];
    expect(response.statusCode).toBe(401);
    const welcome = new WebSocket(relay.url, { origin: "https://inspector.example" });
    await once(welcome, "open");
    welcome.terminate();
    expect(isWelcome(undefined, "localhost:1", [])).toBe(true);
    expect(isWelcome("http://localhost:3000", "127.0.0.1:1", [])).toBe(true);
    expect(isWelcome(undefined, "rebound.example:1", [])).toBe(false);
    expect(isWelcome("null", "localhost:1", [])).toBe(false);
  });
});
