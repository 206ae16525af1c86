import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { backUpBeside } from "../../../src/platform/backup/beside.ts";
import { restoreBackup } from "../../../src/platform/backup/restore.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { DATA_FORMAT, settleDataFormat, type Upgrade } from "../../../src/platform/data-format.ts";
import { nodeFileLocks } from "../../../src/platform/file-lock.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { TestEngine } from "../../support/engine.ts";
import { Program, runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** The directory of an engine that ran and stopped, as an older program would find it. */
async function settledDirectory(): Promise<string> {
  const engine = await TestEngine.open();
  await engine.engine.memory.store("port", "the port is 9443");
  await engine.stop();
  return engine.dataDir;
}

const marked = async (directory: string) =>
  JSON.parse(await readFile(path.join(directory, "data.json"), "utf8")) as unknown;

/** This program, as it would be with a layout two versions on. */
function later(upgrades: readonly Upgrade[]) {
  const backUp = (directory: string, from: number) => backUpBeside(directory, from, { keyed: false, version: "9.9.9" });
  return { files: nodeFiles, format: 3, upgrades, backUp };
}

const steps: readonly Upgrade[] = [
  { from: 1, run: (directory) => writeFile(path.join(directory, "second.txt"), "two") },
  { from: 2, run: (directory) => writeFile(path.join(directory, "third.txt"), "three") },
];

describe("the layout of a data directory", () => {
  it("is marked at the first start, and found again at the next", async () => {
    const directory = await settledDirectory();
    expect(await marked(directory)).toEqual({ format: DATA_FORMAT });
    await (await TestEngine.open({ dataDir: directory })).stop();
    expect(await marked(directory)).toEqual({ format: DATA_FORMAT });
  });

  it("is the first one where an engine from before the mark left its journal", async () => {
    const directory = await settledDirectory();
    await nodeFiles.remove(path.join(directory, "data.json"));
    await (await TestEngine.open({ dataDir: directory })).stop();
    expect(await marked(directory)).toEqual({ format: 1 });
  });

  it("is upgraded step by step, after a copy was made that can be restored", async () => {
    const directory = await settledDirectory();
    const before = await readFile(path.join(directory, "events.jsonl"));
    const settled = await settleDataFormat(directory, later(steps));
    if (settled.kind !== "upgraded") throw new Error(settled.kind);
    expect(await marked(directory)).toEqual({ format: 3 });
    expect(await readdir(directory)).toEqual(expect.arrayContaining(["second.txt", "third.txt"]));
    const to = path.join(await tempDir(), "restored");
    const locks = nodeFileLocks(systemClock);
    await restoreBackup({
      file: settled.backup,
      to,
      force: false,
      sealerFor: () => createSealer(nodeHash),
      locks,
      nowMs: 0,
    });
    expect(await marked(to)).toEqual({ format: 1 });
    expect(await readFile(path.join(to, "events.jsonl"))).toEqual(before);
    expect(await readdir(to)).toContain("memory");
  });

  it("goes on after the last step that was done when an upgrade was cut off", async () => {
    const directory = await settledDirectory();
    const failing: Upgrade = { from: 2, run: () => Promise.reject(new Error("the power was cut")) };
    await expect(settleDataFormat(directory, later([steps[0] as Upgrade, failing]))).rejects.toThrow(
      "the power was cut",
    );
    expect(await marked(directory)).toEqual({ format: 2 });
    const ran: number[] = [];
    const noted = steps.map(({ from }) => ({ from, run: async () => void ran.push(from) }));
    expect(await settleDataFormat(directory, later(noted))).toMatchObject({ kind: "upgraded", from: 2 });
    expect(ran).toEqual([2]);
  });

  it("is refused, untouched, when no step leads on from it", async () => {
    const directory = await settledDirectory();
    await expect(settleDataFormat(directory, later(steps.slice(1)))).rejects.toMatchObject({ code: "data.format" });
    expect(await marked(directory)).toEqual({ format: 1 });
    expect((await readdir(path.dirname(directory))).filter((name) => name.endsWith(".tar.gz"))).toEqual([]);
  });

  it.each([
    [JSON.stringify({ format: 7 }), /has layout 7; this version knows up to 1\. Install the newer version/],
    ["{}", /data\.json does not say which layout .* Restore it from a backup/],
    ["not json", /data\.json does not say which layout/],
    [JSON.stringify({ format: "1" }), /data\.json does not say which layout/],
  ])("stops the built engine before it reads anything when it is %s", async (text, says) => {
    const directory = await settledDirectory();
    await writeFile(path.join(directory, "data.json"), text);
    const before = await readFile(path.join(directory, "events.jsonl"));
    const { code, err } = await runProgram(["start"], { cwd: directory, env: { AIOS_DATA_DIR: directory } });
    expect([code, err]).toEqual([1, expect.stringMatching(says)]);
    expect(await readFile(path.join(directory, "events.jsonl"))).toEqual(before);
    expect(await readFile(path.join(directory, "data.json"), "utf8")).toBe(text);
  });
});

describe("two built engines on one directory", () => {
  it("are one: the second says which process has it and what to do, and the first goes on", async () => {
    const cwd = await tempDir();
    const env = { AIOS_DATA_DIR: path.join(cwd, "data") };
    const first = new Program(["start", "--json"], { cwd, env });
    await first.until(({ out }) => out.includes("\n"));
    const { url, pid } = JSON.parse(first.out) as { readonly url: string; readonly pid: number };
    const { code, err } = await runProgram(["start"], { cwd, env });
    expect(code).toBe(1);
    expect(err).toContain(`is held by process ${pid}`);
    expect(err).toContain("aios stop");
    expect(err).toContain("AIOS_DATA_DIR");
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    first.kill("SIGKILL");
    await first.ended;
    const third = new Program(["start", "--json"], { cwd, env });
    await third.until(({ out }) => out.includes("\n"));
  });
});
