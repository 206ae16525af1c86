import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { aios, listeningEngine } from "../../support/cli.ts";
import { Program, runProgram } from "../../support/program.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Report {
  readonly file: string;
  readonly bytes: number;
  readonly files: number;
  readonly from: string;
  readonly journal: { readonly sequence: number; readonly seal: string };
}

/** A stopped data directory in which something happened, and a backup of it. */
async function backedUp(options: readonly string[] = []) {
  const { engine, env } = await listeningEngine();
  await engine.agent("writer", ["node", "-e", "process.stdout.write('x'.repeat(70000))"], { output: "text" });
  const task = await engine.run({ agent: "writer" });
  await engine.engine.memory.store("port", "the port is 9443");
  await engine.stop();
  const directory = await tempDir();
  const file = path.join(directory, "aios.tar.gz");
  const made = await aios(["backup", file, "--json", ...options], { env });
  return { engine, env, task, directory, file, made, dataDir: engine.dataDir };
}

const restore = (file: string, to: string, more: readonly string[] = []) =>
  aios(["restore", file, "--to", to, ...more]);

describe("a backup of a stopped directory", () => {
  it("is an archive that any tar reads, whose manifest names every file with its size and hash", async () => {
    const { made, file, directory } = await backedUp();
    expect([made.code, made.err]).toEqual([0, ""]);
    expect(made.json()).toMatchObject({ file, from: "directory", secrets: false });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const out = path.join(directory, "unpacked");
    await mkdir(out);
    execFileSync("tar", ["-xzf", file, "-C", out]);
    const names = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).trimEnd().split("\n");
    expect([names[0], names.at(-1)]).toEqual(["backup.json", "manifest.json"]);
    const manifest = JSON.parse(await readFile(path.join(out, "manifest.json"), "utf8")) as {
      readonly files: readonly { readonly name: string; readonly sizeBytes: number; readonly sha256: string }[];
    };
    expect(manifest.files.map(({ name }) => name)).toEqual(names.slice(0, -1));
    for (const { name, sizeBytes, sha256 } of manifest.files) {
      const bytes = await readFile(path.join(out, name));
      expect([name, bytes.length, createHash("sha256").update(bytes).digest("hex")]).toEqual([name, sizeBytes, sha256]);
    }
  });

  it("holds journal, memory, outputs and the hashes of tokens, and no secret unless asked for", async () => {
    const { file, task, dataDir } = await backedUp();
    const names = execFileSync("tar", ["-tzf", file], { encoding: "utf8" }).split("\n");
    for (const name of ["events.jsonl", "data.json", "tokens.json", `outputs/${task.id}.json`, "memory/log-0.jsonl"])
      expect(names).toContain(name);
    const secret = (await readFile(path.join(dataDir, "operator.token"), "utf8")).trim();
    expect(gunzipSync(await readFile(file)).includes(secret)).toBe(false);
    const second = await backedUp(["--with-secrets"]);
    const token = (await readFile(path.join(second.dataDir, "operator.token"), "utf8")).trim();
    expect(gunzipSync(await readFile(second.file)).includes(token)).toBe(true);
  });

  it("takes no place that is taken", async () => {
    const { file, env } = await backedUp();
    const before = await readFile(file);
    const { code, err } = await aios(["backup", file], { env });
    expect(code).toBe(1);
    expect(err).toContain("is there already");
    expect(await readFile(file)).toEqual(before);
  });

  it("goes to standard output whole, and says on standard error what it was", async () => {
    const { dataDir, directory } = await backedUp();
    const { code, out, err } = await runProgram(["backup", "-", "--json"], {
      cwd: directory,
      env: { AIOS_DATA_DIR: dataDir },
    });
    expect(code).toBe(0);
    expect(JSON.parse(err)).toMatchObject({ file: "-", bytes: out.length });
    const piped = path.join(directory, "piped.tar.gz");
    await writeFile(piped, out);
    expect((await restore(piped, path.join(directory, "from-pipe"))).code).toBe(0);
  });
});

describe("restoring", () => {
  it("gives a directory on which an engine starts with everything that was there", async () => {
    const { file, directory, task } = await backedUp();
    const to = path.join(directory, "there");
    const { code, out } = await restore(file, to);
    expect([code, out]).toEqual([0, expect.stringContaining("Never let it run beside the engine")]);
    expect((await stat(to)).mode & 0o777).toBe(0o700);
    expect((await aios(["journal", "verify", "--data-dir", to])).code).toBe(0);
    const { engine, ask } = await listeningEngine({ dataDir: to });
    expect((await ask(["tasks", "show", task.id, "--json"])).json()).toMatchObject({ state: "succeeded" });
    const output = (await ask(["tasks", "output", task.id])).out;
    expect(output.length).toBeGreaterThanOrEqual(70_000);
    expect((await engine.engine.memory.get("port"))?.content).toBe("the port is 9443");
  });

  it("refuses a backup that was cut short anywhere, and changes nothing", async () => {
    const { file, directory } = await backedUp();
    const whole = await readFile(file);
    const to = path.join(directory, "there");
    for (const length of [0, 5, 100, whole.length >> 1, whole.length - 9, whole.length - 1]) {
      const cut = path.join(directory, "cut.tar.gz");
      await writeFile(cut, whole.subarray(0, length));
      const { code, err } = await restore(cut, to);
      expect([length, code]).toEqual([length, 1]);
      expect(err).toMatch(/cut short|it is empty/);
    }
    // Cut between two files and packed anew: nothing but the missing end tells.
    const tar = gunzipSync(whole);
    const cut = path.join(directory, "packed-anew.tar.gz");
    await writeFile(
      cut,
      gzipSync(Buffer.concat([tar.subarray(0, tar.lastIndexOf("manifest.json")), Buffer.alloc(1024)])),
    );
    expect((await restore(cut, to)).err).toContain("cut short");
    expect((await readdir(directory)).filter((name) => name.includes("there"))).toEqual([]);
  });

  it("refuses one in which a byte was altered, and names the file", async () => {
    const { file, directory } = await backedUp();
    const tar = gunzipSync(await readFile(file));
    for (const [at, name] of [
      [tar.indexOf('"task.submitted"'), "events.jsonl"],
      [tar.indexOf("the port is 9443"), "memory/log-0.jsonl"],
    ] as const) {
      const altered = Buffer.from(tar);
      altered[at + 3] = 0x7a;
      const bad = path.join(directory, "altered.tar.gz");
      await writeFile(bad, gzipSync(altered));
      const { code, err } = await restore(bad, path.join(directory, "there"));
      expect([code, err]).toEqual([1, expect.stringContaining(`"${name}"`)]);
    }
  });

  it("refuses one whose journal was altered together with its hashes", async () => {
    const { file, directory } = await backedUp();
    const out = path.join(directory, "unpacked");
    await mkdir(out);
    execFileSync("tar", ["-xzf", file, "-C", out]);
    const journal = path.join(out, "events.jsonl");
    await writeFile(journal, (await readFile(journal, "utf8")).replace('"agentId":"writer"', '"agentId":"wrItEr"'));
    const sum = createHash("sha256")
      .update(await readFile(journal))
      .digest("hex");
    const manifest = path.join(out, "manifest.json");
    const content = JSON.parse(await readFile(manifest, "utf8")) as { files: { name: string; sha256: string }[] };
    for (const one of content.files) if (one.name === "events.jsonl") one.sha256 = sum;
    await writeFile(manifest, JSON.stringify(content));
    const names = [...content.files.map(({ name }) => name), "manifest.json"];
    const bad = path.join(directory, "forged.tar.gz");
    execFileSync("tar", ["-czf", bad, "--format=ustar", "-C", out, ...names]);
    const { code, err } = await restore(bad, path.join(directory, "there"));
    expect([code, err]).toEqual([1, expect.stringMatching(/events\.jsonl, line \d+: the seal does not fit/)]);
  });

  it.each([
    ["../outside.json", "would lie outside"],
    ["/etc/outside.json", "would lie outside"],
    ["memory/../../outside.json", "would lie outside"],
    ["tokens.json", "is in it twice"],
  ])("refuses a file named %s", async (name, why) => {
    const { file, directory } = await backedUp();
    const tar = gunzipSync(await readFile(file));
    const at = tar.indexOf("data.json\0");
    const header = Buffer.from(tar.subarray(at, at + 512));
    header.fill(0, 0, 100).write(name, 0, "latin1");
    header.fill(0x20, 148, 156);
    header.write(
      `${header
        .reduce((total, byte) => total + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
      "latin1",
    );
    const end = tar.lastIndexOf("manifest.json\0");
    const bad = path.join(directory, "escaping.tar.gz");
    const file1 = Buffer.concat([header, tar.subarray(at + 512, at + 1024)]);
    await writeFile(bad, gzipSync(Buffer.concat([tar.subarray(0, end), file1, tar.subarray(end)])));
    const { code, err } = await restore(bad, path.join(directory, "there"));
    expect([code, err]).toEqual([1, expect.stringContaining(why)]);
    expect(await readdir(path.dirname(directory))).not.toContain("outside.json");
  });

  it("refuses one of a newer format, and what is no backup at all", async () => {
    const { file, directory } = await backedUp();
    const tar = gunzipSync(await readFile(file))
      .toString("latin1")
      .replaceAll('"format": 1', '"format": 9');
    const newer = path.join(directory, "newer.tar.gz");
    await writeFile(newer, gzipSync(Buffer.from(tar, "latin1")));
    const refused = await restore(newer, path.join(directory, "there"));
    expect(refused.err).toMatch(/has format 9 .* reads up to 1\n.*Restore it with the version that made it/);
    const text = path.join(directory, "text.tar.gz");
    await writeFile(text, "hello");
    expect((await restore(text, path.join(directory, "there"))).err).toContain("cannot be unpacked");
    expect((await restore(path.join(directory, "nothing"), path.join(directory, "there"))).err).toContain("no file");
    expect((await restore(file, "")).code).toBe(2);
  });

  it("leaves a directory that holds something alone, or moves it aside when told to", async () => {
    const { file, directory } = await backedUp();
    const to = path.join(directory, "mine");
    await mkdir(to);
    await writeFile(path.join(to, "note.txt"), "mine");
    const refused = await restore(file, to);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("is not empty")]);
    expect(await readdir(to)).toEqual(["note.txt"]);
    const forced = (await restore(file, to, ["--force", "--json"])).json() as { readonly setAside: string };
    expect(await readFile(path.join(forced.setAside, "note.txt"), "utf8")).toBe("mine");
    expect(await readdir(to)).toContain("events.jsonl");
  });

  it("never touches the directory of a running engine", async () => {
    const { file } = await backedUp();
    const { engine } = await listeningEngine();
    const before = await readdir(engine.dataDir);
    const { code, err } = await restore(file, engine.dataDir, ["--force"]);
    expect(code).toBe(1);
    expect(err).toContain(`is held by process ${process.pid}`);
    expect(await readdir(engine.dataDir)).toEqual(before);
  });

  it("needs the key of a journal that is sealed with one", async () => {
    const key = "a-key-of-thirty-two-characters!!";
    const { engine, env } = await listeningEngine({ config: { journal: { key } } });
    await engine.stop();
    const directory = await tempDir();
    const file = path.join(directory, "keyed.tar.gz");
    expect((await aios(["backup", file], { env: { ...env, AIOS_JOURNAL_KEY: key } })).code).toBe(0);
    expect((await restore(file, path.join(directory, "a"))).err).toContain("give it as AIOS_JOURNAL_KEY");
    const other = await aios(["restore", file, "--to", path.join(directory, "b")], {
      env: { AIOS_JOURNAL_KEY: "another-key-of-many-characters!" },
    });
    expect(other.err).toContain("line 1: the seal does not fit");
    const right = await aios(["restore", file, "--to", path.join(directory, "c")], { env: { AIOS_JOURNAL_KEY: key } });
    expect(right.code).toBe(0);
  });
});

describe("a backup of a running engine", () => {
  it("is refused to whoever is no operator, and journals who took it", async () => {
    const { engine, url, ask } = await listeningEngine();
    const made = (await ask(["token", "create", "--role", "viewer", "--json"])).json() as { readonly token: string };
    const answer = await fetch(`${url}/api/v1/backup`, { headers: { authorization: `Bearer ${made.token}` } });
    expect(answer.status).toBe(403);
    const file = path.join(await tempDir(), "b.tar.gz");
    const report = (await ask(["backup", file, "--json"])).json() as Report;
    const [begun] = engine.told("engine.backup_begun");
    expect(begun?.data).toMatchObject({ by: "operator:first", secrets: false });
    expect(report).toMatchObject({ from: "engine" });
    expect(report.journal.sequence).toBeGreaterThanOrEqual(begun?.sequence ?? Number.NaN);
  });

  it("taken while 256 callers publish and tasks run holds a prefix of the journal and all that was told before", async () => {
    const cwd = await tempDir();
    const [here, there] = [path.join(cwd, "here"), path.join(cwd, "there")];
    const program = new Program(["start", "--json"], { cwd, env: { AIOS_DATA_DIR: here } });
    await program.until(({ out }) => out.includes("\n"));
    const { url } = JSON.parse(program.out) as { readonly url: string };
    const token = (await readFile(path.join(here, "operator.token"), "utf8")).trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const post = async (route: string, body: unknown) => {
      const answer = await fetch(`${url}/api/v1${route}`, { method: "POST", headers, body: JSON.stringify(body) });
      return {
        status: answer.status,
        body: (await answer.json()) as { readonly id: string; readonly sequence: number },
      };
    };
    const command = ["node", "-e", "process.stdout.write('y'.repeat(70000))"];
    await post("/agents", { id: "w", kind: "process", config: { command, output: "text" }, concurrency: 2 });
    const told: number[] = [];
    let over = false;
    const tasks = Array.from({ length: 12 }, (_, n) => post("/tasks", { agent: "w", input: n }));
    const items = Array.from({ length: 50 }, (_, n) => post("/memory/items", { key: `k${n}`, content: `about ${n}` }));
    const submitted = (await Promise.all(tasks)).map(({ body }) => body.id);
    await Promise.all(items);
    const callers = Array.from({ length: 256 }, async (_, caller) => {
      for (let n = 0; !over && program.child.exitCode === null; n++) {
        const { status, body } = await post("/events", {
          type: "load.made",
          data: { caller, n, text: "z".repeat(200) },
        });
        if (status === 202) told.push(body.sequence);
      }
    });
    while (told.length < 1_000) await callersTurn();
    const before = [...told];
    const file = path.join(cwd, "b.tar.gz");
    const taken = await runProgram(["backup", file, "--json"], { cwd, env: { AIOS_DATA_DIR: here } });
    const during = told.length - before.length;
    over = true;
    await Promise.all(callers);
    expect([taken.code, taken.err]).toEqual([0, ""]);
    const report = JSON.parse(taken.out.toString()) as Report;
    program.kill("SIGTERM");
    await program.ended;

    // Writers went on meanwhile, and everything that had been acknowledged before is in it.
    expect(during).toBeGreaterThan(0);
    expect(report.journal.sequence).toBeGreaterThanOrEqual(Math.max(...before));
    expect((await runProgram(["restore", file, "--to", there], { cwd })).code).toBe(0);
    const lines = async (directory: string) =>
      (await readFile(path.join(directory, "events.jsonl"), "utf8")).split("\n");
    const [original, copy] = [await lines(here), (await lines(there)).slice(0, -1)];
    expect(copy).toEqual(original.slice(0, report.journal.sequence));
    const stored = copy.map(
      (line) => JSON.parse(line) as { type: string; sequence: number; data: { taskId?: string } },
    );
    const held = new Set(stored.map(({ sequence }) => sequence));
    expect(before.filter((sequence) => !held.has(sequence))).toEqual([]);

    const ended = new Set(stored.flatMap(({ type, data }) => (type === "task.succeeded" ? [data.taskId] : [])));
    const again = new Program(["start", "--json"], { cwd, env: { AIOS_DATA_DIR: there } });
    await again.until(({ out }) => out.includes("\n"));
    const env = { AIOS_DATA_DIR: there };
    const ask = async (...argv: string[]) => {
      const answer = await aios([...argv, "--json"], { env });
      expect([argv, answer.code]).toEqual([argv, 0]);
      return answer.json() as { items: { key: string }[]; state: string; attempts: number };
    };
    for (const id of submitted) await aios(["tasks", "wait", id], { env });
    for (const id of submitted) {
      const { state, attempts } = await ask("tasks", "show", id);
      // What had succeeded before is not done again.
      const done = ended.has(id) ? attempts : 1;
      expect([id, state, done]).toEqual([id, "succeeded", 1]);
    }
    const { items: found } = await ask("memory", "list", "--limit", "200");
    for (let n = 0; n < 50; n++) expect(found.map(({ key }) => key)).toContain(`k${n}`);
  }, 120_000);
});

const callersTurn = () => new Promise((resolve) => setImmediate(resolve));
