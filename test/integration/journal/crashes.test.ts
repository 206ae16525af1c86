import { describe, expect, it } from "vitest";
import { CrashDisk, type Operation } from "../../support/crash-disk.ts";
import { faultsAfter, openOn, seeded, Witness } from "../../support/crashing-journal.ts";

type Fate = "killed" | "cut";

/** Events enough to rotate, compress, drop anchors, take checkpoints and give segments up; stops where the disk does. */
async function liveOn(disk: CrashDisk, witness: Witness, seed: number): Promise<void> {
  try {
    const journal = await openOn(disk, seed, { from: witness.checkpoint });
    for (const sizes of [[10], [400, 20, 900], [700], [600, 600], [10], [1_500], [300, 900], [50]]) {
      await witness.append(journal, sizes);
      await journal.kept();
      if (disk.crashed) return;
      if (sizes.length > 1) witness.takeCheckpoint(journal);
      await journal.kept();
    }
    await journal.close();
  } catch (failure) {
    if (!disk.crashed) throw failure;
  }
}

async function crashedAt(point: number, fate: Fate, seed: number) {
  const random = seeded(seed);
  let operation: Operation | undefined;
  const disk = new CrashDisk({
    random,
    before(what, count) {
      if (count !== point) return undefined;
      operation = what;
      return "crash";
    },
  });
  const witness = new Witness();
  await liveOn(disk, witness, seed);
  const surviving = fate === "killed" ? disk.killed() : disk.cut();
  return { operation, faults: await faultsAfter(surviving, witness, random) };
}

async function operationsOfALife(): Promise<readonly Operation[]> {
  const disk = new CrashDisk({ random: seeded(1) });
  await liveOn(disk, new Witness(), 1);
  return disk.done;
}

describe("a journal whose process ends at any point of its work", () => {
  it("does everything in the life that is cut short below", async () => {
    const disk = new CrashDisk({ random: seeded(1) });
    await liveOn(disk, new Witness(), 1);
    const kinds = new Set(disk.done);
    expect([...kinds].sort()).toEqual(
      ["create", "remove", "rename", "sync", "sync directory", "truncate", "write"].sort(),
    );
    const names = await disk.list("/data");
    expect(names.filter((name) => name.endsWith(".gz")).length).toBeGreaterThan(0);
    expect(names).toContain("anchors.jsonl");
    expect(names.includes("events-000000000001.jsonl.gz")).toBe(false);
  });

  it.each(["killed", "cut"] as const)(
    "opens with every acknowledged event, wherever it is %s",
    async (fate) => {
      const points = (await operationsOfALife()).length;
      expect(points).toBeGreaterThan(100);
      const wrong: string[] = [];
      for (let point = 1; point <= points; point++) {
        for (let seed = 1; seed <= (fate === "cut" ? 3 : 2); seed++) {
          const { operation, faults } = await crashedAt(point, fate, seed);
          if (faults.length > 0) wrong.push(`point ${point} (${operation}), seed ${seed}: ${faults.join("; ")}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});
