import { describe, expect, it, vi } from "vitest";
import { EventBus } from "../../../src/events/bus.ts";
import { VolatileJournal } from "../../../src/events/volatile-journal.ts";
import { silentLog } from "../../../src/kernel/log.ts";
import { SeededEntropy } from "../../../src/simulation/seeded-entropy.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

function bus() {
  const journal = new VolatileJournal();
  return {
    journal,
    bus: new EventBus({ journal, clock: new VirtualClock(), entropy: new SeededEntropy(1), log: silentLog }),
  };
}
const tick = (n: number) => ({ type: "test.tick", data: { n } });
const numberOf = (event: { readonly data: unknown }) => (event.data as { readonly n: number }).n;

describe("the bus", () => {
  it("has told its folds of an event when publish resolves", async () => {
    const { bus: on } = bus();
    const seen: number[] = [];
    on.fold((event) => seen.push(event.sequence));
    await on.publish(tick(1));
    expect(seen).toEqual([1]);
  });

  it("answers a batch in its order, whichever of it was published before, is under way or stands in it twice", async () => {
    const { bus: on, journal } = bus();
    const keyed = (key: string) => ({ ...tick(0), idempotencykey: key });
    const known = await on.publish(keyed("known"));
    const flying = on.publish(keyed("flying"));
    const batch = [tick(1), keyed("known"), keyed("new"), keyed("flying"), keyed("new"), tick(2)];
    const receipts = await on.acceptMany(batch);
    expect(receipts.map(({ sequence }) => sequence)).toEqual([3, 1, 4, 2, 4, 5]);
    expect([receipts[1], receipts[3]]).toEqual([known, await flying]);
    expect(journal.lastSequence).toBe(5);
    expect(await on.acceptMany([])).toEqual([]);
  });

  it("fails a batch with the journal's reason", async () => {
    const { bus: on, journal } = bus();
    await journal.close();
    await expect(on.acceptMany([tick(1), tick(2)])).rejects.toMatchObject({ code: "engine.stopping" });
  });

  it("tells subscribers in sequence order, and never inside another handler's call", async () => {
    const { bus: on } = bus();
    const order: string[] = [];
    let depth = 0;
    on.subscribe(
      { topic: "test.*" },
      async (event) => {
        expect(depth).toBe(0);
        depth++;
        order.push(`begin ${numberOf(event)}`);
        if (numberOf(event) === 1) void on.publish(tick(3));
        depth--;
        await Promise.resolve();
        order.push(`end ${numberOf(event)}`);
      },
      { name: "test" },
    );
    await Promise.all([on.publish(tick(1)), on.publish(tick(2))]);
    await settle();
    expect(order).toEqual(["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  });

  it("goes on for everybody else when a subscriber throws, and reports it once", async () => {
    const { bus: on, journal } = bus();
    const seen: number[] = [];
    on.subscribe(
      { topic: "test.*" },
      () => {
        throw new Error("mine");
      },
      { name: "broken" },
    );
    on.subscribe({ topic: "test.*" }, (event) => void seen.push(numberOf(event)), { name: "well" });
    await on.publish(tick(1));
    await on.publish(tick(2));
    await settle();
    expect(seen).toEqual([1, 2]);
    const reports = [];
    for await (const event of journal.read()) if (event.type === "subscriber.failed") reports.push(event.data);
    expect(reports).toMatchObject([
      { subscriber: "broken", message: "mine", failedSequence: 1 },
      { subscriber: "broken", failedSequence: 3 },
    ]);
  });

  it("filters by severity and by subject", async () => {
    const { bus: on } = bus();
    const seen: string[] = [];
    on.subscribe({ severity: "error" }, (event) => void seen.push(`severe ${numberOf(event)}`), { name: "severe" });
    on.subscribe({ subject: "agent/a" }, (event) => void seen.push(`about a ${numberOf(event)}`), { name: "about" });
    await on.publish({ ...tick(1), severity: "warning", subject: "agent/a" });
    await on.publish({ ...tick(2), severity: "critical", subject: "agent/b" });
    await settle();
    expect(seen.sort()).toEqual(["about a 1", "severe 2"]);
  });

  it("answers the same key with the first receipt and appends nothing, also while the first is under way", async () => {
    const { bus: on, journal } = bus();
    const both = await Promise.all([
      on.publish({ ...tick(1), idempotencykey: "k" }),
      on.publish({ ...tick(2), idempotencykey: "k" }),
    ]);
    expect(both[1]).toEqual(both[0]);
    expect(await on.publish({ ...tick(3), idempotencykey: "k" })).toEqual(both[0]);
    expect(journal.lastSequence).toBe(1);
  });

  it("knows keys it met in the replay", async () => {
    const { bus: on, journal } = bus();
    const receipt = await on.publish({ ...tick(1), idempotencykey: "k" });
    const again = new EventBus({ clock: new VirtualClock(), entropy: new SeededEntropy(2), log: silentLog });
    for await (const event of journal.read()) again.replay(event);
    again.attach(journal);
    expect(await again.publish({ ...tick(2), idempotencykey: "k" })).toEqual(receipt);
  });

  it("names what an event follows from, the root of that chain and the steps between", async () => {
    const { bus: on, journal } = bus();
    await on.publish(tick(1));
    const root = await first(journal.read());
    await on.publish({ ...tick(2), cause: root });
    const child = await first(journal.read({ after: 1 }));
    expect(child).toMatchObject({ causationid: root.id, correlationid: root.id, depth: 1 });
  });

  it("refuses to publish before its journal is open", async () => {
    const closed = new EventBus({ clock: new VirtualClock(), entropy: new SeededEntropy(3), log: silentLog });
    await expect(closed.publish(tick(1))).rejects.toMatchObject({ code: "journal.unavailable" });
  });
});

describe("what comes from outside", () => {
  /** A journal that decides on nothing until it is let. */
  class SlowJournal extends VolatileJournal {
    #release: () => void = () => {};
    #opened = new Promise<void>((resolve) => {
      this.#release = resolve;
    });

    override send(...event: Parameters<VolatileJournal["send"]>) {
      void this.#opened.then(() => super.send(...event));
    }

    letGo(): void {
      this.#release();
    }
  }
  const open = () => {
    const journal = new SlowJournal();
    const clock = new VirtualClock();
    const gate = { maxWaiting: 1_000, maxPerAddressee: 10 };
    const on = new EventBus({ journal, clock, entropy: new SeededEntropy(1), log: silentLog, gate });
    const about = (n: number) => ({ ...tick(n), subject: "agent/flooded" });
    /** As many as may be with the journal at once, and as many as may wait. */
    const flood = Array.from({ length: 1_034 }, (_, n) => on.accept(about(n)));
    return { journal, clock, on, about, flood };
  };
  const eventsOf = async (journal: VolatileJournal) => {
    const events = [];
    for await (const event of journal.read()) events.push(event);
    return events;
  };

  it("is told `busy` where its mailbox is full, while the engine's own and other mail are written", async () => {
    const { journal, on, about, flood } = open();
    await expect(on.accept(about(999))).rejects.toMatchObject({ code: "busy", retryAfterSeconds: 1 });
    const others = [on.publish(about(1_000)), on.accept({ ...tick(1_001), subject: "agent/calm" })];
    journal.letGo();
    await Promise.all([...flood, ...others]);
    expect(journal.lastSequence).toBe(1_036);
    expect(on.gate).toEqual({ control: 0, mail: 0, addressees: 0, refused: 1 });
  });

  it("is refused to each of those who offer it in one turn", async () => {
    const { journal, on, about, flood } = open();
    const refused = await Promise.allSettled([1, 2, 3].map((n) => on.accept(about(n))));
    expect(refused).toEqual(
      Array.from({ length: 3 }, () => ({
        status: "rejected",
        reason: expect.objectContaining({ code: "busy" }) as unknown,
      })),
    );
    expect(on.gate.refused).toBe(3);
    journal.letGo();
    await Promise.all(flood);
  });

  it("is taken whole or not at all where it comes as a batch, and a batch published twice is one", async () => {
    const { journal, on, about, flood } = open();
    await expect(on.acceptMany([about(1), about(2)])).rejects.toMatchObject({ code: "busy" });
    journal.letGo();
    await Promise.all(flood);
    const batch = [1, 2, 3].map((n) => ({ ...tick(n), idempotencykey: `k${n}` }));
    const receipts = await on.acceptMany(batch);
    expect(receipts.map(({ sequence }) => sequence)).toEqual([1035, 1036, 1037]);
    expect(await on.acceptMany(batch)).toEqual(receipts);
    expect(journal.lastSequence).toBe(1_037);
  });

  it("becomes a dead letter with its cause and count where nobody waits for it, told once a second", async () => {
    const { journal, clock, on, about, flood } = open();
    for (let n = 0; n < 5; n++) on.offer(about(n));
    on.offer({ ...about(9), type: "test.tock" });
    await settle();
    journal.letGo();
    await Promise.all(flood);
    await clock.advance(1_000);
    const letters = (await eventsOf(journal)).filter(({ type }) => type === "mailbox.overflowed");
    expect(letters.map(({ data, subject }) => ({ data, subject }))).toEqual([
      {
        subject: "agent/flooded",
        data: {
          addressee: "agent/flooded",
          cause: "busy",
          count: 6,
          types: { "test.tick": 5, "test.tock": 1 },
          sinceMs: clock.now() - 1_000,
        },
      },
    ]);
  });

  it("keeps counting what was lost while the journal takes nothing, and tells it when it does again", async () => {
    const clock = new VirtualClock();
    const on = new EventBus({ clock, entropy: new SeededEntropy(1), log: silentLog });
    on.offer(tick(1));
    await clock.advance(1_500);
    on.offer(tick(2));
    const journal = new VolatileJournal();
    await clock.advance(0);
    on.attach(journal);
    await clock.advance(1_000);
    expect((await eventsOf(journal)).map(({ data }) => data)).toMatchObject([
      { cause: "journal.unavailable", count: 2 },
    ]);
  });

  it("is all written once the gate is closed, and nothing is taken any more", async () => {
    const { journal, on, about, flood } = open();
    on.offer(about(1));
    const closed = on.closeGate();
    await expect(on.accept(about(2))).rejects.toMatchObject({ code: "engine.stopping" });
    await settle();
    journal.letGo();
    await closed;
    await Promise.all(flood);
    expect((await eventsOf(journal)).at(-1)).toMatchObject({ type: "mailbox.overflowed", data: { count: 1 } });
  });
});

describe("a slow subscriber", () => {
  const gate = () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open, opened };
  };
  const flood = async (overflow: "drop_oldest" | "drop_newest" | "close" | "catch_up") => {
    const { bus: on } = bus();
    const { open, opened } = gate();
    const seen: number[] = [];
    const subscription = on.subscribe(
      { topic: "test.*" },
      async (event) => {
        await opened;
        seen.push(numberOf(event));
      },
      { name: "slow", capacity: 2, overflow },
    );
    for (let n = 1; n <= 6; n++) await on.publish(tick(n));
    open();
    await settle();
    return { seen, subscription };
  };

  it("loses the oldest waiting events under drop_oldest, and counts them", async () => {
    const { seen, subscription } = await flood("drop_oldest");
    expect(seen).toEqual([1, 5, 6]);
    expect(subscription.dropped).toBe(3);
  });

  it("loses the newest under drop_newest", async () => {
    const { seen, subscription } = await flood("drop_newest");
    expect(seen).toEqual([1, 2, 3]);
    expect(subscription.dropped).toBe(3);
  });

  it("is closed under close", async () => {
    const { subscription } = await flood("close");
    expect(subscription.closed).toBe(true);
  });

  it("misses nothing and sees nothing twice under catch_up", async () => {
    const { seen, subscription } = await flood("catch_up");
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    expect(subscription.dropped).toBe(0);
  });
});

describe("the stream", () => {
  it("reports what a subscriber throws, and goes on for it and for the others", async () => {
    const { bus: on, journal } = bus();
    const seen: number[] = [];
    on.stream({ topic: "test.*" }).subscribe(() => {
      throw new Error("mine");
    });
    on.stream({ topic: "test.*" }).subscribe((event) => seen.push(numberOf(event)));
    await on.publish(tick(1));
    await on.publish(tick(2));
    expect(seen).toEqual([1, 2]);
    // RxJS hands the error over on a later turn of the loop.
    await vi.waitFor(() => expect(journal.lastSequence).toBeGreaterThanOrEqual(3));
    const reports = [];
    for await (const event of journal.read()) if (event.type === "subscriber.failed") reports.push(event.data);
    expect(reports[0]).toMatchObject({ subscriber: "stream", message: "mine" });
  });
});

async function first<T>(items: AsyncIterable<T>): Promise<T> {
  for await (const item of items) return item;
  throw new Error("there is none");
}
