import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { livingHolder, nodeFileLocks } from "../../../src/platform/file-lock.ts";
import { tempDir } from "../../support/temp-dir.ts";

const locks = nodeFileLocks(systemClock);
const lockPath = async () => path.join(await tempDir(), "lock");

async function holder(...argv: string[]): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, ["--import", "tsx", path.resolve("test/fixtures/lock-holder.ts"), ...argv], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await once(child, "exit");
  return child.signalCode;
}

describe("a file lock", () => {
  it("is held by one at a time, and free again when it was given back", async () => {
    const file = await lockPath();
    const lock = await locks.acquire(file, { waitMs: 0 });
    await expect(locks.acquire(file, { waitMs: 0 })).rejects.toMatchObject({
      code: "data.locked",
      message: expect.stringContaining(String(process.pid)),
    });
    const waiting = locks.acquire(file, { waitMs: 5_000 });
    await lock.release();
    await lock.release();
    await (await waiting).release();
    expect(await readdir(path.dirname(file))).toEqual([]);
  });

  it("keeps processes that count together from losing one count", async () => {
    const file = await lockPath();
    await Promise.all([1, 2, 3].map(() => holder(file, "add", "60")));
    expect(await readFile(`${file}.count`, "utf8")).toBe("180");
  });

  it("is taken from a holder that was killed", async () => {
    const file = await lockPath();
    expect(await holder(file, "crash")).toBe("SIGKILL");
    expect(await readdir(path.dirname(file))).toContain("lock");
    await (await locks.acquire(file, { waitMs: 0 })).release();
  });

  it("is taken by one alone of many who find its holder dead", async () => {
    const file = await lockPath();
    for (let round = 0; round < 20; round += 1) {
      await writeFile(
        file,
        JSON.stringify({ pid: 999_999_999, startTime: "1", bootId: "gone", token: `dead-${String(round)}` }),
      );
      let inside = 0;
      const work = async () => {
        const lock = await locks.acquire(file, { waitMs: 10_000 });
        inside += 1;
        expect(inside).toBe(1);
        await readdir(path.dirname(file));
        inside -= 1;
        await lock.release();
      };
      await Promise.all(Array.from({ length: 8 }, work));
    }
  });

  it("is not kept by a process that merely has the pid of its holder", async () => {
    const file = await lockPath();
    const lock = await locks.acquire(file, { waitMs: 0 });
    const facts = JSON.parse(await readFile(file, "utf8"));
    await lock.release();
    await writeFile(file, JSON.stringify({ ...facts, startTime: "1", token: "earlier" }));
    await expect(locks.acquire(file, { waitMs: 0 }).then((taken) => taken.release())).resolves.toBeUndefined();
  });

  it("says when its directory takes no files", async () => {
    const aFile = path.join(await tempDir(), "file");
    await writeFile(aFile, "");
    for (const lock of ["/proc/nowhere/lock", path.join(aFile, "lock")])
      await expect(locks.acquire(lock, { waitMs: 0 })).rejects.toMatchObject({ code: "data.unwritable" });
    expect(await livingHolder(path.join(aFile, "lock"))).toBeUndefined();
  });
});
