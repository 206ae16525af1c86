import { expect, it, vi } from "vitest";
import { watchLoop } from "../../../src/platform/loop-delay.ts";

it("notes a loop that was kept, in buckets that add up", async () => {
  using loop = watchLoop();
  await vi.waitFor(() => expect(loop.read()?.count).toBeGreaterThan(0));
  for (const until = performance.now() + 60; performance.now() < until; );
  const late = () => {
    const { buckets = [], count = 0 } = loop.read() ?? {};
    return count - (buckets.find(({ le }) => le === 0.025)?.count ?? count);
  };
  await vi.waitFor(() => expect(late()).toBeGreaterThan(0));
  const { buckets = [], sum = 0, count = 0 } = loop.read() ?? {};
  expect(sum).toBeGreaterThan(0);
  expect(buckets.map((bucket) => bucket.count)).toEqual(
    buckets.map((bucket) => bucket.count).toSorted((a, b) => a - b),
  );
  expect(buckets.at(-1)?.count).toBe(count);
});
