import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isNewEnough } from "../../../src/cli/doctor/machine.ts";
import { writeRunningFile } from "../../../src/cli/running-file.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { aios } from "../../support/cli.ts";
import { TestEngine } from "../../support/engine.ts";
import { runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly state: string;
    readonly says: string;
    readonly advice?: string;
  }[];
}

async function doctor(world: Parameters<typeof aios>[1]) {
  const { code, json } = await aios(["doctor", "--json"], world);
  const report = json() as Report;
  return { code, ...report, of: (name: string) => report.checks.find((check) => check.name === name) };
}

describe("aios doctor", () => {
  it("finds nothing that would fail in an empty directory, and makes nothing there", async () => {
    const cwd = await tempDir();
    const { code, ok, checks, of } = await doctor({ cwd, env: { AIOS_PORT: "0" } });
    expect([code, ok]).toEqual([0, true]);
    expect(checks.filter(({ state }) => state === "fail")).toEqual([]);
    expect(of("data directory")?.says).toContain("will be made at the first start");
    expect(of("playbooks")).toMatchObject({ state: "ok" });
    expect(await nodeFiles.list(cwd)).toEqual([]);
  });

  it("knows a running engine as its own, port, lock and journal", async () => {
    const engine = await TestEngine.open({ http: true });
    const url = engine.engine.url ?? "";
    await writeRunningFile(engine.dataDir, { url, pid: process.pid, version: "0.0.0-test" });
    const { code, of } = await doctor({ env: { AIOS_DATA_DIR: engine.dataDir, AIOS_PORT: new URL(url).port } });
    expect(code).toBe(0);
    expect(of("engine")?.says).toBe(`process ${process.pid} runs on this directory`);
    expect(of("port")).toMatchObject({ state: "ok", says: expect.stringContaining(url) });
    expect(of("journal")).toMatchObject({ state: "ok", says: expect.stringMatching(/all \d+ lines fit/) });
  });

  it("fails for a port that is taken, a configuration that is wrong and a playbook that is refused, each with advice", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => taken.close(() => resolve())));
    const { port } = taken.address() as { port: number };
    const cwd = await tempDir();
    await mkdir(path.join(cwd, "playbooks"));
    await writeFile(path.join(cwd, "playbooks", "wrong.json"), '{"id": "wrong"}');
    const looked = await doctor({ cwd, env: { AIOS_PORT: String(port) } });
    expect([looked.code, looked.ok]).toEqual([1, false]);
    expect(looked.of("port")).toMatchObject({ state: "fail", advice: expect.stringContaining("AIOS_PORT") });
    expect(looked.of("playbooks")).toMatchObject({ state: "fail", says: expect.stringContaining("wrong.json") });
    await writeFile(path.join(cwd, "aios.config.json"), '{"tsks": {}}');
    const wrong = await doctor({ cwd });
    expect(wrong.code).toBe(1);
    expect(wrong.of("configuration")).toMatchObject({
      state: "fail",
      says: expect.stringContaining('did you mean "tasks"'),
    });
    expect(wrong.of("node")).toMatchObject({ state: "ok" });
  });

  it("fails for a journal that was edited and a token that others may read", async () => {
    const engine = await TestEngine.open({ http: true });
    await engine.stop();
    const journal = path.join(engine.dataDir, "events.jsonl");
    await writeFile(journal, ((await nodeFiles.readText(journal)) ?? "").replace('"info"', '"error"'));
    await chmod(path.join(engine.dataDir, "operator.token"), 0o644);
    const { code, of } = await doctor({ env: { AIOS_DATA_DIR: engine.dataDir, AIOS_PORT: "0" } });
    expect(code).toBe(1);
    expect(of("journal")).toMatchObject({
      state: "fail",
      says: expect.stringContaining("line 1: the seal does not fit"),
    });
    expect(of("operator token")).toMatchObject({ state: "fail", advice: expect.stringContaining("chmod 600") });
  });

  it.runIf(process.platform === "linux")("fails for a directory that this user cannot write", async () => {
    const cwd = await tempDir();
    await chmod(cwd, 0o555);
    const { code, out } = await runProgram(["doctor"], { cwd, modesHold: true });
    expect(code).toBe(1);
    expect(out.toString()).toMatch(/fail +data directory +.* cannot be written\n +→ Give this user write permission/);
  });

  it("compares versions number by number", () => {
    expect(["v20.19.0", "v20.20.2", "v24.0.0"].every((version) => isNewEnough(version, ">=20.19"))).toBe(true);
    expect(["v20.9.0", "v18.20.0"].some((version) => isNewEnough(version, ">=20.19"))).toBe(false);
  });
});
