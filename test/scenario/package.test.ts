import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import manifest from "../../package.json" with { type: "json" };
import { startProgram } from "./support/program.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");
/** What npm puts into every package, asked or not. */
const ALWAYS = ["package.json", "README.md", "LICENSE"];

const packed = z.tuple([
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string(), mode: z.number() })) }),
]);

let scratch: string;
/** An empty folder elsewhere, with the package installed. */
let home: string;
let files: readonly { readonly path: string; readonly mode: number }[];

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "aios-package-"));
  home = path.join(scratch, "elsewhere");
  await mkdir(home);
  const { stdout } = await run("npm", ["pack", "--ignore-scripts=false", "--json", "--pack-destination", scratch], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const [{ filename, files: found }] = packed.parse(JSON.parse(stdout.slice(stdout.indexOf("["))));
  files = found;
  await run("npm", ["init", "-y"], { cwd: home });
  await run("npm", ["install", "--omit=optional", path.join(scratch, filename)], { cwd: home });
}, 280_000);

afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 3 }));

describe("the package", () => {
  it("holds what the manifest names, all of it and nothing else", () => {
    const kept = manifest.files.filter((name) => !name.startsWith("!"));
    const named = [...kept, ...ALWAYS];
    const below = (file: string, name: string) => file === name || file.startsWith(`${name}/`);
    expect(files.filter((file) => !named.some((name) => below(file.path, name)))).toEqual([]);
    expect(named.filter((name) => !files.some((file) => below(file.path, name)))).toEqual([]);
    expect(files.filter(({ path: name }) => name.endsWith(".map"))).toEqual([]);
    expect(files.find((file) => file.path === manifest.bin.aios)?.mode).toBe(0o755);
    expect(files.map((file) => file.path)).toContain("dist/dashboard/index.html");
  });

  it("passes on the licences of the packages whose code its command carries", async () => {
    const licences = await readFile(path.join(home, "node_modules/aios/dist/bundle/LICENCES.txt"), "utf8");
    for (const name of ["zod", "rxjs", "xstate", "hono", "ws"])
      expect(licences).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ · `, "m"));
    for (const words of ["Permission is hereby granted", "Apache License"]) expect(licences).toContain(words);
  });

  it("gives an empty folder a command that starts an engine and ends in order", async () => {
    const env = { HOME: home, AIOS_PORT: "0" };
    const engine = startProgram(["npx", "aios", "start"], { cwd: home, env });
    onTestFinished(() => engine.kill());
    const line = await engine.until(/listens on/);
    const url = /http:\S+/.exec(line)?.[0] ?? "";
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: "ok", version: manifest.version });
    expect((await fetch(url)).status).toBe(200);
    engine.signal("SIGINT");
    const { stderr } = await engine.ended;
    expect(stderr).toContain("ending in order");
    const journal = await readFile(path.join(home, ".aios/events.jsonl"), "utf8");
    expect(journal.trimEnd().split("\n").at(-1)).toContain('"type":"engine.stopped"');
  });

  it("gives an empty folder a typed library", async () => {
    const program = [
      'import { createEngine, MemoryPalace, type Engine } from "aios";',
      "const open: (options?: { readonly path?: string }) => Promise<MemoryPalaceOf> = MemoryPalace.open;",
      "type MemoryPalaceOf = Awaited<ReturnType<typeof MemoryPalace.open>>;",
      "const start: () => Promise<Engine> = createEngine;",
      "// @ts-expect-error the port is a number",
      'void createEngine({ config: { http: { port: "8765" } } });',
      "export { open, start };",
    ];
    await writeFile(path.join(home, "program.mts"), program.join("\n"));
    await expect(typesOf("program.mts")).resolves.toMatchObject({ stdout: "" });
  });

  it("gives an empty folder a library that works", async () => {
    const program = [
      'import { createEngine, MemoryPalace } from "aios";',
      "declare const console: { log(text: string): void };",
      'const engine = await createEngine({ config: { dataDir: "library" } });',
      'await engine.agents.register("doubler", { kind: "function", run: (input) => Number(input) * 2 });',
      'const { id } = await engine.tasks.submit({ agent: "doubler", input: 21 });',
      "const { output } = await engine.tasks.finished(id);",
      "await engine.stop();",
      'const memory = await MemoryPalace.open({ path: "palace" });',
      'await memory.store("disk", { content: "The disk was full; old logs were removed." });',
      'const { items } = await memory.query("disk full");',
      "await memory.close();",
      "console.log(JSON.stringify({ output, found: items.length }));",
    ];
    await writeFile(path.join(home, "works.mts"), program.join("\n"));
    await expect(typesOf("works.mts")).resolves.toMatchObject({ stdout: "" });
    const tsx = path.join(root, "node_modules/.bin/tsx");
    const { stdout } = await run(tsx, ["works.mts"], { cwd: home });
    expect(JSON.parse(stdout)).toEqual({ output: 42, found: 1 });
  });
});

/** What the compiler says of a program in the empty folder. */
function typesOf(file: string) {
  const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
  const tsc = path.join(root, "node_modules/.bin/tsc");
  return run(tsc, [...flags, "--lib", "es2023,esnext.disposable", file], { cwd: home });
}
