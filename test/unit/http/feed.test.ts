import { describe, expect, it } from "vitest";
import type { AnyEvent } from "../../../src/events/envelope.ts";
import { type FollowOptions, follow } from "../../../src/http/feed.ts";
import { Outbox } from "../../../src/http/outbox.ts";
import { type TestDoors, testDoors } from "../../support/http-deps.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function publish(doors: TestDoors, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await doors.bus.publish({ type: n % 2 ? "odd.one" : "even.one", data: {} });
}

function follower(doors: TestDoors, options: Partial<FollowOptions>) {
  const seen: number[] = [];
  const drops: number[] = [];
  const stop = new AbortController();
  let hold: Promise<void> = Promise.resolve();
  let release: () => void = () => {};
  const over = follow(
    doors.deps.events,
    { name: "t", after: 0, filter: {}, capacity: 8, overflow: "catch_up", signal: stop.signal, ...options },
    {
      event: async (event: AnyEvent) => {
        await hold;
        seen.push(event.sequence);
      },
      dropped: async (count) => void drops.push(count),
      live: async () => {},
    },
  );
  return {
    seen,
    drops,
    over,
    stop,
    block: () => {
      hold = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    reach: async (sequence: number) => {
      while ((seen.at(-1) ?? 0) < sequence) await turn();
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe("follow", () => {
  it("goes from history into the present without gap or double while events keep coming", async () => {
    const doors = await testDoors();
    await publish(doors, 700);
    const reader = follower(doors, { after: 100 });
    await publish(doors, 700);
    await reader.reach(1400);
    reader.stop.abort();
    await reader.over;
    expect(reader.seen).toEqual(range(101, 1400));
  });

  it("tells an event once that is durable when it begins and dispatched only then", async () => {
    const doors = await testDoors();
    const published = publish(doors, 1);
    const reader = follower(doors, {});
    await published;
    await publish(doors, 1);
    await reader.reach(2);
    reader.stop.abort();
    expect(reader.seen).toEqual([1, 2]);
  });

  it("begins with what happens from now on when no position is given", async () => {
    const doors = await testDoors();
    await publish(doors, 3);
    const reader = follower(doors, { after: undefined });
    await turn();
    await publish(doors, 2);
    await reader.reach(5);
    reader.stop.abort();
    expect(reader.seen).toEqual([4, 5]);
  });

  it("loses nothing to a slow reader when it may catch up", async () => {
    const doors = await testDoors();
    const reader = follower(doors, { capacity: 4 });
    await turn();
    reader.block();
    await publish(doors, 100);
    reader.release();
    await reader.reach(100);
    reader.stop.abort();
    expect(reader.seen).toEqual(range(1, 100));
    expect(reader.drops).toEqual([]);
  });

  it("drops the oldest of a slow reader when told to, and says how many before it goes on", async () => {
    const doors = await testDoors();
    const reader = follower(doors, { capacity: 4, overflow: "drop_oldest" });
    await turn();
    reader.block();
    await publish(doors, 100);
    reader.release();
    await reader.reach(100);
    reader.stop.abort();
    expect(reader.seen).toEqual([1, ...range(97, 100)]);
    expect(reader.drops).toEqual([95]);
  });

  it("tells only what the filter lets through, in history and live", async () => {
    const doors = await testDoors();
    await publish(doors, 4);
    const reader = follower(doors, { filter: { topic: "odd.*" } });
    await turn();
    await publish(doors, 4);
    await reader.reach(8);
    reader.stop.abort();
    expect(reader.seen).toEqual([2, 4, 6, 8]);
  });

  it("leaves no subscription behind, however it ends", async () => {
    const doors = await testDoors();
    const before = doors.bus.subscriptions.length;
    const reader = follower(doors, {});
    await publish(doors, 1);
    await reader.reach(1);
    reader.stop.abort();
    await reader.over;
    const failing = follow(
      doors.deps.events,
      { name: "t", after: 0, filter: {}, capacity: 8, overflow: "catch_up", signal: new AbortController().signal },
      { event: () => Promise.reject(new Error("gone")), dropped: async () => {}, live: async () => {} },
    );
    await expect(failing).rejects.toThrow("gone");
    expect(doors.bus.subscriptions).toHaveLength(before);
  });
});

describe("outbox", () => {
  it("drops the oldest but never a definition, and tells how many before the next message", async () => {
    const said: string[] = [];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const outbox = new Outbox<string>({
      capacity: 3,
      keep: (message) => message.startsWith("def"),
      send: async (message) => {
        await gate;
        said.push(message);
      },
      dropped: async (count) => void said.push(`dropped ${count}`),
      failed: () => {},
    });
    for (const message of ["first", "def 1", "a", "b", "c", "d"]) outbox.put(message);
    release();
    while (said.at(-1) !== "d") await turn();
    expect(said).toEqual(["first", "dropped 2", "def 1", "c", "d"]);
  });

  it("ends when its reader is gone", async () => {
    let failures = 0;
    const outbox = new Outbox<string>({
      capacity: 3,
      keep: () => false,
      send: () => Promise.reject(new Error("closed")),
      dropped: async () => {},
      failed: () => failures++,
    });
    outbox.put("a");
    await turn();
    outbox.put("b");
    await turn();
    expect(failures).toBe(1);
  });
});
