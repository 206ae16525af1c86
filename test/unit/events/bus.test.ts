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
