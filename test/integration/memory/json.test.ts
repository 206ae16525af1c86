import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { anItem } from "./backend-contract.ts";

const open = (directory: string, ports = memoryPorts()) => backends.json.open({ path: directory }, ports);

async function keysOf(backend: MemoryBackend): Promise<string[]> {
  const keys: string[] = [];
  for await (const item of backend.scan()) keys.push(item.key);
  return keys.sort();
}

async function everyByte(directory: string): Promise<string> {
  const names = await readdir(directory);
  return (await Promise.all(names.map((name) => readFile(path.join(directory, name), "utf8")))).join("\n");
}

async function finished(...argv: string[]): Promise<number | null> {
  const child = spawn(process.execPath, ["--import", "tsx", ...argv], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : null;
}

describe("the memory on disk", () => {
  it("keeps all 1,000 of four processes that write 250 each at once", async () => {
    const directory = await tempDir();
    const writer = path.resolve("test/fixtures/memory-writer.ts");
    const codes = await Promise.all(["a", "b", "c", "d"].map((name) => finished(writer, directory, name, "250")));
    expect(codes).toEqual([0, 0, 0, 0]);
    await using backend = await open(directory);
    const keys = await keysOf(backend);
    expect(keys).toHaveLength(1_000);
    expect(new Set(keys).size).toBe(1_000);
  });

  it("keeps what is written after somebody was killed between a new snapshot and the removal of the old log", async () => {
    const directory = await tempDir();
    const old = path.join(directory, "log-0.jsonl");
    await using one = await open(directory);
    await one.upsert(anItem("gone"));
    await one.upsert(anItem("kept"));
    const log = await readFile(old);
    {
      await using other = await open(directory);
      await other.remove("shared/gone");
    }
    await writeFile(old, log);
    await one.upsert(anItem("new"));
    await using again = await open(directory);
    expect(await keysOf(again)).toEqual(["kept", "new"]);
    expect(await everyByte(directory)).not.toContain("gone");
  });

  it("takes no notice of a log that was begun before somebody was killed ahead of its snapshot", async () => {
    const directory = await tempDir();
    await using one = await open(directory);
    await one.upsert(anItem("first"));
    const begun = { format: "aios.memory.log", version: 1, generation: 1 };
    await writeFile(path.join(directory, "log-1.jsonl"), `${JSON.stringify(begun)}\n`);
    await one.upsert(anItem("second"));
    expect(await readdir(directory)).not.toContain("log-1.jsonl");
    await using again = await open(directory);
    expect(await keysOf(again)).toEqual(["first", "second"]);
  });

  it("sets a torn last line aside, says so, and loses nothing that was confirmed", async () => {
    const directory = await tempDir();
    {
      await using backend = await open(directory);
      await backend.upsert(anItem("whole"));
    }
    await appendFile(path.join(directory, "log-0.jsonl"), '{"op":"put","item":{"key":"to');
    const ports = memoryPorts();
    await using backend = await open(directory, ports);
    expect(await keysOf(backend)).toEqual(["whole"]);
    await backend.upsert(anItem("next"));
    expect(ports.warnings).toEqual([expect.objectContaining({ message: expect.stringContaining("torn") })]);
    const aside = (await readdir(directory)).filter((name) => name.startsWith("torn-"));
    expect(await readFile(path.join(directory, aside[0] ?? ""), "utf8")).toBe('{"op":"put","item":{"key":"to');
    await using again = await open(directory);
    expect(await keysOf(again)).toEqual(["next", "whole"]);
  });

  it("reports a line it cannot read and goes on with the rest", async () => {
    const directory = await tempDir();
    {
      await using backend = await open(directory);
      await backend.upsert(anItem("a"));
    }
    await appendFile(path.join(directory, "log-0.jsonl"), '{"op":"explode"}\n');
    const ports = memoryPorts();
    await using backend = await open(directory, ports);
    await backend.upsert(anItem("b"));
    expect(await keysOf(backend)).toEqual(["a", "b"]);
    expect(ports.warnings).toHaveLength(1);
    // Set aside beside the work, under another name until it is whole.
    const aside = async () => (await readdir(directory)).filter((name) => name.startsWith("unreadable-"));
    await expect.poll(aside).toHaveLength(1);
    expect(await readFile(path.join(directory, (await aside())[0] ?? ""), "utf8")).toBe('{"op":"explode"}\n');
  });

  it("holds no byte of what was forgotten, nor of what it replaced", async () => {
    const directory = await tempDir();
    await using backend = await open(directory);
    await backend.upsert(anItem("kept"));
    await backend.upsert(anItem("secret", { content: "first wording" }));
    await backend.upsert(anItem("secret", { content: "second wording", version: 2 }));
    await backend.remove("shared/secret");
    expect(await everyByte(directory)).not.toContain("wording");
    expect(await keysOf(backend)).toEqual(["kept"]);
  });

  it("stays in proportion to what it says", async () => {
    const directory = await tempDir();
    await using backend = await open(directory);
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, n) => backend.upsert(anItem(`k${String(n)}`, { version: round + 1 }))),
      );
    }
    expect((await everyByte(directory)).split("\n").length).toBeLessThan(1_700);
    expect(await keysOf(backend)).toHaveLength(100);
  });

  it("goes on with a memory that another process has compacted meanwhile", async () => {
    const directory = await tempDir();
    await using one = await open(directory);
    await using two = await open(directory);
    await one.upsert(anItem("a"));
    await one.upsert(anItem("b"));
    await two.remove("shared/a");
    expect(await keysOf(one)).toEqual(["b"]);
    await one.upsert(anItem("c"));
    expect(await keysOf(two)).toEqual(["b", "c"]);
  });

  it("removes the log that a crash in the middle of a compaction left behind", async () => {
    const directory = await tempDir();
    {
      await using backend = await open(directory);
      await backend.upsert(anItem("a", { content: "wording" }));
      const before = await readFile(path.join(directory, "log-0.jsonl"));
      await backend.remove("shared/a");
      await writeFile(path.join(directory, "log-0.jsonl"), before);
    }
    await using backend = await open(directory);
    await backend.upsert(anItem("b"));
    expect(await everyByte(directory)).not.toContain("wording");
  });

  it("refuses files of a newer version, and files that are something else", async () => {
    const newer = await tempDir();
    await writeFile(
      path.join(newer, "snapshot.jsonl"),
      '{"format":"aios.memory.snapshot","version":99,"generation":1}\n',
    );
    await expect(open(newer)).rejects.toMatchObject({
      code: "memory.unavailable",
      message: expect.stringContaining("newer"),
    });
    const other = await tempDir();
    await writeFile(path.join(other, "log-0.jsonl"), "a diary\n");
    await expect(open(other)).rejects.toMatchObject({ code: "memory.unavailable" });
  });

  it("says what is wrong when its directory cannot be made", async () => {
    const directory = await tempDir();
    await writeFile(path.join(directory, "file"), "");
    await expect(open(path.join(directory, "file", "memory"))).rejects.toMatchObject({ name: "AiosError" });
  });

  it("lets only its owner read its files", async () => {
    const directory = path.join(await tempDir(), "memory");
    await mkdir(directory);
    await using backend = await open(directory);
    await backend.upsert(anItem("a"));
    await backend.remove("shared/a");
    await backend.upsert(anItem("b"));
    for (const name of await readdir(directory))
      expect((await stat(path.join(directory, name))).mode & 0o077, name).toBe(0);
  });
});
