import { describe, expect, it } from "vitest";
import { Campaign, type End } from "./support/campaign.ts";
import { Chance, drawnSeed } from "./support/chance.ts";

const ROUNDS = 5;
/** Worlds side by side, one for each core that a small machine has. */
const SIDE_BY_SIDE = 2;
const KILLS_PER_WORLD = 30;

const seed = drawnSeed();
const chance = new Chance(seed);
process.stdout.write(`kill: AIOS_DURABILITY_SEED=${seed}\n`);

describe("an engine that is killed at random moments under load", () => {
  for (let round = 1; round <= ROUNDS; round++) {
    const seeds = Array.from({ length: SIDE_BY_SIDE }, () => chance.between(0, 2 ** 31));
    it(`loses nothing and does nothing twice, round ${round} (seeds ${seeds.join(", ")})`, async () => {
      const worlds = await Promise.all(seeds.map((one) => livesOf(new Chance(one))));
      expect(worlds.flatMap(({ faults }) => faults)).toEqual([]);
      for (const { kills } of worlds) expect(kills).toBe(KILLS_PER_WORLD);
    });
  }
});

async function livesOf(chance: Chance): Promise<Campaign> {
  const campaign = await Campaign.begin(chance.fork());
  while (campaign.kills < KILLS_PER_WORLD)
    await campaign.killed(
      chance.of<End>([
        { kind: "starting", afterMs: chance.between(0, 800) },
        { kind: "ready", afterMs: chance.between(20, 400) },
        { kind: "answered", afterMs: chance.between(0, 400) },
        { kind: "answered", afterMs: chance.between(0, 1_000) },
      ]),
    );
  const figures = await campaign.end();
  process.stdout.write(`kill: ${JSON.stringify(figures)}\n`);
  return campaign;
}
