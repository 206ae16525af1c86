import { describe, expect, it } from "vitest";
import { CrashDisk, type Operation, type Surviving } from "../support/crash-disk.ts";
import { everythingIn, faultsAfter, openOn, seeded, Witness } from "../support/crashing-journal.ts";

const SEEDS = 300;
const LIVES = 3;

/** A life of groups of any size, checkpoints and waiting or not waiting, in the order that chance gives. */
async function live(disk: CrashDisk, witness: Witness, seed: number, random: () => number): Promise<readonly string[]> {
  try {
    const journal = await openOn(disk, seed, { from: witness.checkpoint });
    const faults = witness.faults(journal, await everythingIn(journal));
    if (faults.length > 0) return faults;
    witness.saw(await everythingIn(journal));
    for (let step = 0; step < 12 && !disk.crashed; step++) {
      const sizes = Array.from({ length: 1 + Math.floor(random() * 6) }, () => Math.floor(random() * 900));
      await witness.append(journal, sizes);
      if (random() < 0.3) witness.takeCheckpoint(journal);
      if (random() < 0.5) await journal.kept();
    }
    if (random() < 0.5) await journal.close();
    return [];
  } catch (failure) {
    return disk.crashed ? [] : [`it does not open: ${String(failure)}`];
  }
}

/** Several lives on one disk, each ended somewhere; what is wrong at the next opening, empty when nothing is. */
async function faultsOf(seed: number, ignores: readonly Operation[] = []): Promise<readonly string[]> {
  const random = seeded(seed);
  const witness = new Witness();
  let surviving: Surviving | undefined;
  for (let count = 1; count <= LIVES; count++) {
    const end = 1 + Math.floor(random() * 150);
    const before = (_: Operation, at: number) => (at === end ? ("crash" as const) : undefined);
    const disk = new CrashDisk({ random, before, ignores }, surviving);
    const faults = await live(disk, witness, seed * 10 + count, random);
    if (faults.length > 0) return faults;
    surviving = random() < 0.3 ? disk.killed() : disk.cut();
  }
  return surviving === undefined ? ["it never lived"] : faultsAfter(surviving, witness, random);
}

describe("a journal on a machine whose power goes", () => {
  it(`keeps every acknowledged event, and shows no half of another, over ${SEEDS} histories of ${LIVES} lives`, async () => {
    const wrong: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const faults = await faultsOf(seed);
      if (faults.length > 0) wrong.push(`seed ${seed}: ${faults.slice(0, 3).join("; ")}`);
    }
    expect(wrong).toEqual([]);
  }, 600_000);

  it.each([["sync"], ["sync directory"]] as const)(
    "would lose some without a %s, and this is seen here",
    async (left) => {
      let seed = 1;
      while (seed <= SEEDS && (await faultsOf(seed, [left])).length === 0) seed++;
      expect(seed).toBeLessThan(SEEDS);
    },
    600_000,
  );
});
