import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TestEngine } from "../../support/engine.ts";
import { Program, runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function started(cwd: string, argv: readonly string[] = []) {
  const program = new Program(["start", "--json", ...argv], { cwd });
  await program.until(({ out }) => out.includes("\n"));
  return { program, ...(JSON.parse(program.out) as { url: string; dataDir: string; pid: number }) };
}

describe("aios start", () => {
  it("says where it listens once it is ready, and ends in order when it is asked to", async () => {
    const cwd = await tempDir();
    const { program, url, dataDir, pid } = await started(cwd);
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true });
    expect(JSON.parse(await readFile(path.join(dataDir, "engine.json"), "utf8"))).toMatchObject({ url, pid });
    program.kill("SIGINT");
    const { code, err } = await program.ended;
    expect([code, err]).toEqual([0, ""]);
    const types = (await readFile(path.join(dataDir, "events.jsonl"), "utf8")).trimEnd().split("\n");
    expect(types.at(-1)).toContain('"type":"engine.stopped"');
    await expect(readFile(path.join(dataDir, "engine.json"))).rejects.toThrow("ENOENT");
  });

  it("refuses a directory that another engine holds and a port that is taken, and says what to change", async () => {
    const cwd = await tempDir();
    const { pid, url, dataDir } = await started(cwd);
    const [second, taken] = await Promise.all([
      runProgram(["start"], { cwd }),
      runProgram(["start", "--data-dir", "other", "--port", new URL(url).port], { cwd }),
    ]);
    expect(second.code).toBe(1);
    expect(second.err).toContain(`${dataDir}/engine.lock is held by process ${pid}`);
    expect(second.err).toContain("→ Stop that engine (`aios stop`), or choose another directory with AIOS_DATA_DIR.");
    expect(taken.code).toBe(1);
    expect(taken.err).toContain(`Something listens on 127.0.0.1:${new URL(url).port} already`);
    expect(taken.err).toContain("→ Stop the program that listens there, or choose another with AIOS_PORT.");
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ ready: true });
  });

  it("names line, column and path of a typo, and a file that does not exist", async () => {
    const cwd = await tempDir();
    await writeFile(path.join(cwd, "aios.config.json"), '{\n  "htpp": { "port": 1 }\n}\n');
    const [typo, absent] = await Promise.all([
      runProgram(["start"], { cwd }),
      runProgram(["start", "--config", "nowhere.json"], { cwd }),
    ]);
    expect(typo.code).toBe(1);
    expect(typo.err).toContain('aios.config.json:2:3 htpp: there is no such setting; did you mean "http"?');
    expect([absent.code, absent.err]).toEqual([
      1,
      expect.stringContaining("nowhere.json: there is no such file (--config names it)"),
    ]);
  });

  it("refuses every address of the machine without a token made on purpose and allowed hosts", async () => {
    const { code, err } = await runProgram(["start", "--host", "0.0.0.0"], { cwd: await tempDir() });
    expect(code).toBe(1);
    expect(err).toContain("Listening on 0.0.0.0 is refused");
    expect(err).toMatch(/AIOS_TOKEN: is not set.*\n.*http\.allowedHosts: names no host\n.*→ Set AIOS_TOKEN/);
  });

  it("refuses a journal that was edited, naming file, line and what to do, and leaves every byte of it", async () => {
    const engine = await TestEngine.open();
    await engine.stop();
    const journal = path.join(engine.dataDir, "events.jsonl");
    const edited = (await readFile(journal, "utf8")).replace('"type":"engine.ready"', '"type":"engine.raedy"');
    await writeFile(journal, edited);
    const { code, err } = await runProgram(["start", "--data-dir", engine.dataDir], { cwd: await tempDir() });
    expect(code).toBe(1);
    expect(err).toMatch(/events\.jsonl, line \d+: the seal does not fit: this line or the one before it was changed/);
    expect(err).toContain("aios journal verify");
    expect(await readFile(journal, "utf8")).toBe(edited);
  });

  it.runIf(process.platform === "linux")("refuses a data directory that it cannot write", async () => {
    const cwd = await tempDir();
    await mkdir(path.join(cwd, "mine"));
    await chmod(cwd, 0o555);
    onTestFinished(() => chmod(cwd, 0o755));
    const [unwritable, own] = await Promise.all([
      runProgram(["start", "--data-dir", "theirs"], { cwd, modesHold: true }),
      (async () => {
        const program = new Program(["start", "--json", "--data-dir", "mine/data"], { cwd, modesHold: true });
        await program.until(({ out }) => out.includes("\n"));
        program.kill("SIGTERM");
        return program.ended;
      })(),
    ]);
    expect(unwritable.code).toBe(1);
    expect(unwritable.err).toContain(`cannot write ${path.join(cwd, "theirs")}`);
    expect(unwritable.err).toContain(
      "→ Give the engine's user write permission, or choose another directory with AIOS_DATA_DIR.",
    );
    expect(own.code).toBe(0);
  });

  it("refuses a port that is none", async () => {
    const cwd = await tempDir();
    const [large, word] = await Promise.all([
      runProgram(["start", "--port", "99999"], { cwd }),
      runProgram(["start", "--port", "many"], { cwd }),
    ]);
    expect([large.code, large.err]).toEqual([1, expect.stringContaining("http.port")]);
    expect([word.code, word.err]).toEqual([2, expect.stringContaining("--port takes a whole number")]);
  });
});

describe("aios demo", () => {
  it("passes every argument on to the demo, and its exit code back", async () => {
    const cwd = await tempDir();
    const [help, wrong] = await Promise.all([
      runProgram(["demo", "--help"], { cwd }),
      runProgram(["demo", "--no-such-option"], { cwd }),
    ]);
    expect([help.code, help.out.toString()]).toEqual([0, expect.stringContaining("usage: demo [--seed N]")]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("--no-such-option")]);
  });
});
