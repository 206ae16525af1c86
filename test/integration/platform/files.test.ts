import { chmod, chown, type FileHandle, open, readdir, readlink, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { AppendHandle } from "../../../src/kernel/files.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { systemEntropy } from "../../../src/platform/entropy.ts";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { FileJournal } from "../../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** Which files and directories were synced, in order, while `work` went on; a directory ends with a slash. */
async function syncedDuring(directory: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const some = await open(directory, "r");
  const handles = Object.getPrototypeOf(some) as FileHandle;
  await some.close();
  const synced: string[] = [];
  const watches = (["sync", "datasync"] as const).map((name) => {
    const original = handles[name];
    return vi.spyOn(handles, name).mockImplementation(async function (this: FileHandle) {
      const file = await readlink(`/proc/self/fd/${this.fd}`);
      const isDirectory = (await this.stat()).isDirectory();
      await original.call(this);
      synced.push(`${path.relative(path.dirname(directory), file)}${isDirectory ? "/" : ""}`);
    });
  });
  await work();
  for (const watch of watches) watch.mockRestore();
  return synced;
}

describe.runIf(process.platform === "linux")("what the disk was made to keep when", () => {
  const inside = (directory: string, name: string) => `${path.basename(directory)}/${name}`;

  it("a file is opened to grow is its name, also where the file was there before", async () => {
    const directory = await tempDir();
    for (const _ of ["new", "there"]) {
      let handle: AppendHandle | undefined;
      const synced = await syncedDuring(directory, async () => {
        handle = await nodeFiles.append(path.join(directory, "events.jsonl"));
      });
      expect(synced).toEqual([`${path.basename(directory)}/`]);
      await handle?.close();
    }
  });

  it("a journal is opened is the name of its file before the first event is acknowledged", async () => {
    const directory = await tempDir();
    let opened: FileJournal | undefined;
    const synced = await syncedDuring(directory, async () => {
      opened = await FileJournal.open({
        files: nodeFiles,
        clock: systemClock,
        entropy: systemEntropy,
        sealer: createSealer(nodeHash),
        path: path.join(directory, "events.jsonl"),
      });
    });
    expect(opened?.lastSequence).toBe(1);
    expect(synced[0]).toBe(`${path.basename(directory)}/`);
    expect(synced.at(-1)).toBe(inside(directory, "events.jsonl"));
    await opened?.close();
  });

  it("a file is replaced are its bytes and then its name", async () => {
    const directory = await tempDir();
    const synced = await syncedDuring(directory, () => nodeFiles.write(path.join(directory, "a"), "1"));
    expect(synced).toMatchObject([expect.stringMatching(/\.a\..*\.tmp$/), `${path.basename(directory)}/`]);
  });

  it("a file is renamed is its new name", async () => {
    const directory = await tempDir();
    await nodeFiles.write(path.join(directory, "a"), "1");
    const rename = () => nodeFiles.rename(path.join(directory, "a"), path.join(directory, "b"));
    expect(await syncedDuring(directory, rename)).toEqual([`${path.basename(directory)}/`]);
  });

  it("bytes are appended and synced are those of the file", async () => {
    const directory = await tempDir();
    const handle = await nodeFiles.append(path.join(directory, "events.jsonl"));
    await handle.write(new TextEncoder().encode("one\n"));
    expect(await syncedDuring(directory, () => handle.sync())).toEqual([inside(directory, "events.jsonl")]);
    await handle.close();
  });
});

describe("node files", () => {
  it("replaces a file whole and keeps its mode", async () => {
    const file = path.join(await tempDir(), "input.json");
    await nodeFiles.write(file, "old");
    await chmod(file, 0o640);
    await nodeFiles.write(file, "new");
    expect(await nodeFiles.readText(file)).toBe("new");
    expect((await nodeFiles.stat(file))?.mode).toBe(0o640);
  });

  it("leaves no draft behind, neither after success nor after failure", async () => {
    const directory = await tempDir();
    await nodeFiles.write(path.join(directory, "a"), "1");
    await nodeFiles.makeDirectory(path.join(directory, "taken", "inside"));
    await expect(nodeFiles.write(path.join(directory, "taken"), "2")).rejects.toThrow();
    expect(await readdir(directory)).toEqual(["a", "taken"]);
  });

  it("creates a secret with the mode asked, whatever the umask", async () => {
    const file = path.join(await tempDir(), "operator.token");
    await nodeFiles.write(file, "secret", { mode: 0o600 });
    expect((await nodeFiles.stat(file))?.mode).toBe(0o600);
  });

  it.runIf(process.getuid?.() === 0)("keeps the owner of a file that belongs to another user", async () => {
    const file = path.join(await tempDir(), "theirs");
    await nodeFiles.write(file, "old");
    await chown(file, 65_534, 65_534);
    await nodeFiles.write(file, "new");
    expect((await stat(file)).uid).toBe(65_534);
  });

  it("lets every one of many writers at once win or lose whole", async () => {
    const file = path.join(await tempDir(), "contested");
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(contents.map((content) => nodeFiles.write(file, content)));
    expect(contents).toContain(await nodeFiles.readText(file));
  });

  it("appends, and cuts where it is told", async () => {
    const file = path.join(await tempDir(), "events.jsonl");
    const handle = await nodeFiles.append(file);
    await handle.write(new TextEncoder().encode("one\ntwo\nthr"));
    await handle.truncate(8);
    await handle.write(new TextEncoder().encode("three\n"));
    await handle.sync();
    await handle.close();
    expect(await nodeFiles.readText(file)).toBe("one\ntwo\nthree\n");
  });

  it("answers undefined, false or nothing for what is not there", async () => {
    const missing = path.join(await tempDir(), "missing", "deeper");
    expect(await nodeFiles.read(missing)).toBeUndefined();
    expect(await nodeFiles.readText(missing)).toBeUndefined();
    expect(await nodeFiles.stat(missing)).toBeUndefined();
    expect(await nodeFiles.exists(missing)).toBe(false);
    expect(await nodeFiles.list(missing)).toEqual([]);
    await nodeFiles.remove(missing);
  });

  it("resolves links in front of a file that does not exist yet", async () => {
    const directory = await tempDir();
    await nodeFiles.makeDirectory(path.join(directory, "real"));
    await symlink("real", path.join(directory, "link"));
    expect(await nodeFiles.realPath(path.join(directory, "link", "new", "file"))).toBe(
      path.join(directory, "real", "new", "file"),
    );
  });

  it("follows a dangling link to where writing through it would end", async () => {
    const directory = await tempDir();
    await symlink("/elsewhere/secret", path.join(directory, "link"));
    expect(await nodeFiles.realPath(path.join(directory, "link"))).toBe("/elsewhere/secret");
  });

  it("takes .. after the link before it, as the kernel does", async () => {
    const directory = await tempDir();
    await nodeFiles.makeDirectory(path.join(directory, "a", "b"));
    await symlink(path.join("a", "b"), path.join(directory, "link"));
    expect(await nodeFiles.realPath(`${directory}/link/../x`)).toBe(path.join(directory, "a", "x"));
  });

  it("gives up on links that go in a circle", async () => {
    const directory = await tempDir();
    await symlink("b", path.join(directory, "a"));
    await symlink("a", path.join(directory, "b"));
    await expect(nodeFiles.realPath(path.join(directory, "a"))).rejects.toMatchObject({ code: "ELOOP" });
  });

  it("makes a directory with its parents, and takes one that is there", async () => {
    const directory = path.join(await tempDir(), "a", "b", "c");
    await nodeFiles.makeDirectory(directory);
    await nodeFiles.makeDirectory(directory);
    expect((await nodeFiles.stat(directory))?.kind).toBe("directory");
  });

  it("says which file cannot be streamed", async () => {
    const directory = await tempDir();
    const all = async () => {
      for await (const _ of nodeFiles.stream(directory));
    };
    await expect(all()).rejects.toMatchObject({
      code: "data.unwritable",
      message: expect.stringContaining(`cannot read ${directory}: EISDIR`) as string,
    });
  });

  it("says which place cannot be written, and comes back at all where the kernel denies that it is there", async () => {
    const file = path.join(await tempDir(), "file");
    await nodeFiles.write(file, "");
    for (const directory of [file, path.join(file, "below"), path.join(file, "far", "below")])
      await expect(nodeFiles.makeDirectory(directory)).rejects.toMatchObject({
        code: "data.unwritable",
        message: `cannot make the directory ${directory}: ${file} is a file`,
      });
    if (process.platform !== "linux") return;
    // /proc and /sys refuse new entries to everybody, root included.
    await expect(nodeFiles.makeDirectory("/proc/1/aios")).rejects.toThrow(/\/proc\/1\/aios/);
    await expect(nodeFiles.write("/sys/kernel/aios", "x")).rejects.toMatchObject({ code: "data.unwritable" });
  });
});
