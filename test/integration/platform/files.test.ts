import { chmod, chown, readdir, stat, symlink } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { tempDir } from "../../support/temp-dir.ts";

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

  it("says which place cannot be written, and comes back at all where the kernel denies that it is there", async () => {
    const file = path.join(await tempDir(), "file");
    await nodeFiles.write(file, "");
    await expect(nodeFiles.makeDirectory(file)).rejects.toMatchObject({ code: "data.unwritable" });
    if (process.platform !== "linux") return;
    // /proc and /sys refuse new entries to everybody, root included.
    await expect(nodeFiles.makeDirectory("/proc/1/aios")).rejects.toThrow(/\/proc\/1\/aios/);
    await expect(nodeFiles.write("/sys/kernel/aios", "x")).rejects.toMatchObject({ code: "data.unwritable" });
  });
});
