import { describe, expect, it } from "vitest";
import type { Operation } from "../support/crash-disk.ts";
import { Chance, drawnSeed } from "./support/chance.ts";
import { type Outaged, Outages } from "./support/outages.ts";

const HISTORIES = 12;
const OUTAGES = 10;
/** A start is over after so many operations of the disk, and most of a life's work after so many. */
const START = 30;
const LIFE = 400;

const seed = drawnSeed();
process.stdout.write(`power: AIOS_DURABILITY_SEED=${seed}\n`);

interface History {
  readonly faults: readonly string[];
  readonly figures: Outaged;
}

/** Several lives on one disk, each ended with the power. */
async function historyOf(chance: Chance, ignores: readonly Operation[] = []): Promise<History> {
  const outages = new Outages(chance, ignores);
  for (let life = 0; life < OUTAGES; life++) await outages.cut(chance.between(1, chance.holds(0.2) ? START : LIFE));
  const figures = await outages.end();
  return { faults: outages.faults, figures };
}

describe("the whole engine on a machine whose power goes", () => {
  it(`loses nothing and does nothing twice, over ${HISTORIES} histories of ${OUTAGES} outages`, async () => {
    const chance = new Chance(seed);
    const wrong: string[] = [];
    for (let n = 1; n <= HISTORIES; n++) {
      const { faults, figures } = await historyOf(chance.fork());
      process.stdout.write(`power: ${JSON.stringify(figures)}\n`);
      wrong.push(...faults.map((fault) => `history ${n}: ${fault}`));
      expect(figures.outages).toBe(OUTAGES);
    }
    expect(wrong).toEqual([]);
  });

  it.each([["sync"], ["sync directory"]] as const)(
    "would lose some without a %s, and this is seen here",
    async (left) => {
      const chance = new Chance(seed);
      let found: readonly string[] = [];
      for (let n = 1; n <= HISTORIES && found.length === 0; n++)
        found = (await historyOf(chance.fork(), [left])).faults;
      expect(found).not.toEqual([]);
    },
  );
});
