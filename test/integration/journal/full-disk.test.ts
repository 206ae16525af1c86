import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { nodeFiles } from "../../../src/platform/files.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { FileJournal } from "../../../src/platform/journal/file-journal.ts";
import { createSealer } from "../../../src/platform/journal/seal.ts";
import { listSegments } from "../../../src/platform/journal/segment.ts";
import { verifyJournal } from "../../../src/platform/journal/verify.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { VirtualClock } from "../../../src/simulation/virtual-clock.ts";
import { CrashDisk, type Operation } from "../../support/crash-disk.ts";
import { everythingIn, openOn, seeded, verifyOn, Witness } from "../../support/crashing-journal.ts";
import { tempDir } from "../../support/temp-dir.ts";

const sealer = createSealer(nodeHash);

interface Attempt {
  readonly operation: Operation | undefined;
  readonly codes: readonly unknown[];
  readonly faults: readonly string[];
}

/** A life on a disk that refuses everything from one operation on for a while, without a restart. */
async function refusedAt(point: number, errno: string): Promise<Attempt> {
  const random = seeded(point);
  let operation: Operation | undefined;
  const refusal = Object.assign(new Error(`${errno}: refused`), { code: errno });
  const disk = new CrashDisk({
    random,
    before(what, count) {
      if (count === point) operation = what;
      return count >= point && count < point + 7 ? refusal : undefined;
    },
  });
  const witness = new Witness();
  let journal: FileJournal | undefined;
  // A start on a disk that refuses is told so; it is tried again as whoever supervises it would.
  for (let tries = 0; journal === undefined && tries < 20; tries++)
    journal = await openOn(disk, 1).catch(() => undefined);
  if (journal === undefined) return { operation, codes: [], faults: ["it never opened"] };
  const codes: unknown[] = [];
  for (const sizes of [[10], [400, 20, 900], [700], [600, 600], [10], [1_500], [300, 900], [50]]) {
    for (let tries = 0; tries < 20; tries++) {
      const refused = await witness.append(journal, sizes);
      await journal.kept();
      if (refused.length === 0) break;
      codes.push(...refused);
    }
    if (sizes.length > 1) witness.takeCheckpoint(journal);
    await journal.kept();
  }
  const held = await everythingIn(journal);
  const faults = [...witness.faults(journal, held), ...witness.tracesOfRefused(held)];
  let left = 20;
  while (left > 0 && (await witness.append(journal, [20])).length > 0) left--;
  if (left === 0) faults.push("it takes nothing any more");
  await journal.close();
  const verdict = await verifyOn(disk);
  return { operation, codes, faults: verdict.ok ? faults : [...faults, verdict.reason] };
}

describe("a disk that is full or read-only", () => {
  it.each(["ENOSPC", "EROFS"])(
    "is told to publishers and got over without a restart, whatever it refused (%s)",
    async (errno) => {
      const disk = new CrashDisk({ random: seeded(1) });
      const journal = await openOn(disk, 1);
      const witness = new Witness();
      for (let n = 0; n < 12; n++) {
        await witness.append(journal, [600, 300]);
        await journal.kept();
      }
      const points = disk.done.length;
      const wrong: string[] = [];
      const refusedOperations = new Set<Operation | undefined>();
      const told = new Set<unknown>();
      for (let point = 1; point <= points; point++) {
        const { operation, codes, faults } = await refusedAt(point, errno);
        refusedOperations.add(operation);
        for (const code of codes) told.add(code);
        if (faults.length > 0) wrong.push(`point ${point} (${operation}): ${faults.join("; ")}`);
      }
      expect(wrong).toEqual([]);
      expect([...told]).toEqual(["journal.unavailable"]);
      expect(refusedOperations).toContain("write");
      expect(refusedOperations).toContain("sync");
      expect(refusedOperations).toContain("rename");
      expect(refusedOperations).toContain("create");
      expect(refusedOperations).toContain("truncate");
    },
    120_000,
  );
});

async function openIn(directory: string): Promise<FileJournal> {
  return FileJournal.open({
    files: nodeFiles,
    clock: new VirtualClock(),
    entropy: new SeededEntropy(1),
    sealer,
    path: path.join(directory, "events.jsonl"),
    segments: { bytes: 100_000, ageMs: 1e15 },
    anchors: { path: path.join(directory, "anchors.jsonl"), everyMs: 1 },
  });
}

const verifyIn = (directory: string) =>
  verifyJournal({
    files: nodeFiles,
    sealer,
    list: () => listSegments(nodeFiles, path.join(directory, "events.jsonl")),
    anchorsPath: path.join(directory, "anchors.jsonl"),
  });

interface Said {
  readonly refused?: string;
  readonly acknowledged?: number;
  readonly sequence?: number;
}

/** A file system of one megabyte; `undefined` where this user may not mount one. */
async function tinyDisk(): Promise<string | undefined> {
  const directory = await tempDir();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", directory]));
  return directory;
}

describe("a real disk that is full", () => {
  it("is told to publishers, leaves no trace, and is got over once there is room, without a restart", async ({
    skip,
  }) => {
    const directory = await tinyDisk();
    if (directory === undefined) return skip("this user may mount no file system");
    const ballast = path.join(directory, "ballast");
    await writeFile(ballast, Buffer.alloc(300_000));
    const journal = await openIn(directory);
    const witness = new Witness();
    let refused: readonly unknown[] = [];
    // Random text, so that compressing it makes no room.
    while (refused.length === 0) refused = await witness.append(journal, [20_000, 20_000], "random");
    expect(new Set(refused)).toEqual(new Set(["journal.unavailable"]));
    await unlink(ballast);
    expect(await witness.append(journal, [20_000, 20_000], "random")).toEqual([]);
    const held = await everythingIn(journal);
    expect([...witness.faults(journal, held), ...witness.tracesOfRefused(held)]).toEqual([]);
    await journal.close();
    expect(await verifyIn(directory)).toMatchObject({ ok: true });
    expect((await readdir(directory)).filter((name) => name.includes("events-")).length).toBeGreaterThan(0);
  });

  it("or a limit on the size of files does the same to an ordinary process", async ({ skip }) => {
    try {
      execFileSync("prlimit", ["--version"], { stdio: "ignore" });
    } catch {
      return skip("this machine has no prlimit");
    }
    const directory = await tempDir();
    const program = path.join(import.meta.dirname, "../../fixtures/journal-writer.ts");
    const child = spawn(
      "prlimit",
      ["--fsize=200000:unlimited", process.execPath, "--import", "tsx", program, directory],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    onTestFinished(() => void child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Said;
    const full = await next();
    expect(full).toMatchObject({ refused: "journal.unavailable" });
    execFileSync("prlimit", ["--pid", String(child.pid), "--fsize=unlimited"]);
    child.stdin.write("go on\n");
    const after = await next();
    expect(after.sequence).toBe((full.acknowledged ?? 0) + 1);
    child.stdin.end();
    await once(child, "close");
    expect(await verifyIn(directory)).toMatchObject({ ok: true, lastSequence: after.sequence });
  });
});
