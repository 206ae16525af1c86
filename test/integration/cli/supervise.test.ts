import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Program } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Started {
  readonly pid: number;
}

/** What each engine printed when it was ready. */
const readyIn = (out: string) =>
  out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Started] : []));

async function supervised(words: readonly string[] = []) {
  const cwd = await tempDir();
  const env = { AIOS_DATA_DIR: path.join(cwd, "data") };
  const program = new Program(["start", "--supervise", "--json", ...words], { cwd, env });
  return { program, dataDir: env.AIOS_DATA_DIR, cwd, env };
}

describe("aios start --supervise", () => {
  it("starts an engine that was killed again, says so, and ends in order when asked", {
    timeout: 120_000,
  }, async () => {
    const { program, dataDir } = await supervised();
    await program.until(({ out }) => readyIn(out).length === 1);
    const [first] = readyIn(program.out);
    expect(first?.pid).not.toBe(program.child.pid);
    process.kill(first?.pid ?? 0, "SIGKILL");
    await program.until(({ out }) => readyIn(out).length === 2);
    expect(program.err).toContain("the engine ended and is started again");
    expect(program.err).toContain("signal SIGKILL");
    const second = readyIn(program.out)[1];
    expect(second?.pid).not.toBe(first?.pid);
    program.kill("SIGTERM");
    const { code } = await program.ended;
    expect(code).toBe(0);
    const events = (await readFile(path.join(dataDir, "events.jsonl"), "utf8")).trimEnd().split("\n");
    expect(JSON.parse(events.at(-1) ?? "{}")).toMatchObject({ type: "engine.stopped" });
  });

  it("ends at once with the code of a command line that is wrong", { timeout: 60_000 }, async () => {
    const { program } = await supervised(["--port", "many"]);
    expect((await program.ended).code).toBe(2);
  });

  it("leaves no engine behind when it is killed itself", { timeout: 120_000 }, async () => {
    const { program, dataDir } = await supervised();
    await program.until(({ out }) => readyIn(out).length === 1);
    program.kill("SIGKILL");
    await program.ended;
    const last = async () => {
      const text = await readFile(path.join(dataDir, "events.jsonl"), "utf8");
      return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "{}") as { readonly type: string };
    };
    await expect.poll(last, { timeout: 30_000 }).toMatchObject({ type: "engine.stopped" });
  });
});

describe("a second engine on one directory", () => {
  it("is refused with who holds it and what to do, and the first goes on", { timeout: 120_000 }, async () => {
    const cwd = await tempDir();
    const env = { AIOS_DATA_DIR: path.join(cwd, "data") };
    const holder = new Program(["start", "--json"], { cwd, env });
    await holder.until(({ out }) => readyIn(out).length === 1);
    const other = await new Program(["start", "--json"], { cwd, env }).ended;
    expect(other.code).toBe(1);
    expect(other.err).toContain(`process ${holder.child.pid}`);
    expect(other.err).toMatch(/answers at http:\/\/127\.0\.0\.1:\d+/);
    expect(other.err).toContain("AIOS_DATA_DIR");
    expect(holder.child.exitCode).toBeNull();
  });
});
