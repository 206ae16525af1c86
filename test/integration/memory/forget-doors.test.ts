import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { describe, expect, inject, it } from "vitest";
import { Program, runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

const SECRET = "zq-the-key-lies-under-the-third-stone";
const QUESTION = "where does the key lie";

/** The files below a directory that hold the secret, byte by byte; what is compressed is unpacked. */
async function holding(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const bytesOf = async (file: string) => {
    const bytes = await readFile(file);
    return file.endsWith(".gz") ? gunzipSync(bytes) : bytes;
  };
  const held = await Promise.all(files.map(async (file) => (await bytesOf(file)).includes(SECRET)));
  return files.filter((_, at) => held[at]).map((file) => path.relative(directory, file));
}

/** A directory for an engine that logs all it can, and the commands that work on it. */
async function room() {
  const cwd = await tempDir();
  const env = { AIOS_DATA_DIR: path.join(cwd, "data"), AIOS_PORT: "0" };
  await writeFile(path.join(cwd, "aios.config.json"), JSON.stringify({ log: { level: "debug" } }));
  const ask = async (...argv: readonly string[]) => {
    const { code, out, err } = await runProgram(argv, { cwd, env });
    expect([argv, code, err]).toEqual([argv, 0, ""]);
    return out.toString();
  };
  return { cwd, env, ask };
}

/** The same with a built engine that runs; `end` makes a backup, ends it, and says where the secret still stands. */
async function engine() {
  const { cwd, env, ask } = await room();
  const program = new Program(["start", "--json"], { cwd, env });
  await program.until(({ out }) => out.includes("\n"));
  const { url } = JSON.parse(program.out.split("\n")[0] ?? "") as { readonly url: string };
  const end = async () => {
    await ask("backup", "after.tar.gz");
    await ask("stop");
    const { out, err } = await program.ended;
    return { held: await holding(cwd), isLogged: `${out.toString()}${err}`.includes(SECRET) };
  };
  return { cwd, env, url, ask, end };
}

const nowhere = { held: [], isLogged: false };

describe("what was forgotten leaves no byte in the data, the logs and a backup made after", {
  timeout: 120_000,
}, () => {
  it("when the command line forgot it", async () => {
    const { cwd, ask, end } = await engine();
    await ask("memory", "store", "--key", "stone", "--title", SECRET, `It is known: ${SECRET}`);
    expect(await ask("memory", "query", QUESTION)).toContain(SECRET);
    expect(await holding(cwd)).not.toEqual([]);
    await ask("memory", "forget", "stone");
    expect(await end()).toEqual(nowhere);
  });

  it("when somebody over HTTP forgot it", async () => {
    const { cwd, env, url, end } = await engine();
    const token = (await readFile(path.join(env.AIOS_DATA_DIR, "operator.token"), "utf8")).trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const send = async (method: string, to: string, body?: object) => {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}/api/v1/memory/${to}`, { method, headers, ...content });
      return response.text();
    };
    await send("POST", "items", { key: "stone", title: SECRET, content: SECRET });
    expect(await send("POST", "query", { text: QUESTION })).toContain(SECRET);
    expect(await holding(cwd)).not.toEqual([]);
    await send("DELETE", "items/stone");
    expect(await end()).toEqual(nowhere);
  });

  it("when a program that embeds the engine forgot it", async () => {
    const { cwd, env, ask } = await room();
    const index = pathToFileURL(path.join(path.dirname(inject("modularMain")), "index.js")).href;
    const program = `
      import { createEngine } from ${JSON.stringify(index)};
      const engine = await createEngine({ config: { dataDir: process.env.AIOS_DATA_DIR, log: { level: "debug" } } });
      await engine.memory.store("stone", { content: process.env.SECRET, title: process.env.SECRET });
      const { items } = await engine.memory.query(${JSON.stringify(QUESTION)});
      const isGone = await engine.memory.forget("stone");
      await engine[Symbol.asyncDispose]();
      console.log(JSON.stringify({ found: items.length, isGone }));`;
    const world = { cwd, env: { ...process.env, ...env, SECRET } };
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], world);
    const { stdout, stderr } = await run;
    expect(stdout).toContain('{"found":1,"isGone":true}');
    await ask("backup", "after.tar.gz");
    expect([await holding(cwd), `${stdout}${stderr}`.includes(SECRET)]).toEqual([[], false]);
  });
});
