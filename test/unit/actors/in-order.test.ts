import { describe, expect, it } from "vitest";
import { type Ending, InOrder } from "../../../src/actors/in-order.ts";
import { EventBus } from "../../../src/events/bus.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { CrashDisk, type Operation } from "../../support/crash-disk.ts";
import { everythingIn, openOn, seeded } from "../../support/crashing-journal.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

const SPEAKERS = ["a", "b", "c"];

/** Speakers on a journal whose disk is full now and then. */
async function open(random: () => number, full: () => boolean, refused: () => void = () => {}) {
  const refusal = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const before = (what: Operation) => {
    if (what !== "write" || !full()) return undefined;
    refused();
    return refusal;
  };
  const disk = new CrashDisk({ random, before });
  const journal = await openOn(disk, 1);
  const clock = new VirtualClock();
  const bus = new EventBus({ journal, clock, entropy: new SeededEntropy(1), log: silentLog });
  const inOrder = new InOrder({ bus, clock, log: silentLog });
  const counts = new Map<string, number>();
  const say = (speaker: string): Promise<Ending> => {
    const n = (counts.get(speaker) ?? 0) + 1;
    counts.set(speaker, n);
    return inOrder.publish(speaker, {
      type: "test.said",
      data: { speaker, n },
      idempotencykey: `${speaker}#${n}`,
    });
  };
  const said = async (speaker: string) =>
    (await everythingIn(journal)).flatMap(({ data }) => {
      const told = data as { readonly speaker?: string; readonly n?: number };
      return told.speaker === speaker ? [told.n] : [];
    });
  return { clock, counts, said, say, inOrder };
}

describe("what is said in order", () => {
  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    "is journaled once and in each speaker's order, whatever the journal refuses (seed %s)",
    async (seed) => {
      const random = seeded(seed);
      let isFull = 0;
      const endings: Promise<Ending>[] = [];
      const speak = () => endings.push(say(SPEAKERS[Math.floor(random() * SPEAKERS.length)] ?? "a"));
      // Somebody speaks while the write is under way that will be refused.
      const { clock, counts, said, say } = await open(random, () => random() < isFull, speak);
      isFull = 0.4;
      for (let turn = 0; turn < 20; turn++) {
        // Sometimes more than the gate hands on at once.
        const burst = random() < 0.1 ? 700 : Math.floor(random() * 8);
        for (let n = 0; n < burst; n++) speak();
        if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
        else await clock.advance(Math.floor(random() * 400));
      }
      isFull = 0;
      await clock.advance(60_000);
      await settle();
      for (const speaker of SPEAKERS) {
        const expected = Array.from({ length: counts.get(speaker) ?? 0 }, (_, index) => index + 1);
        expect(await said(speaker)).toEqual(expected);
      }
      expect(new Set(await Promise.all(endings))).toEqual(new Set(["journaled"]));
    },
  );

  it("is given up once the engine stops and the journal takes nothing", async () => {
    let isFull = false;
    const { clock, said, say, inOrder } = await open(seeded(1), () => isFull);
    expect(await say("a")).toBe("journaled");
    isFull = true;
    const refused = [say("a"), say("a")];
    await clock.advance(1_000);
    inOrder.stop();
    await clock.advance(5_000);
    expect(await Promise.all(refused)).toEqual(["given_up", "given_up"]);
    expect(await said("a")).toEqual([1]);
  });
});
