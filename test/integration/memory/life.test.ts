import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPalace } from "../../../src/memory/open.ts";
import type { MemoryPalace } from "../../../src/memory/palace.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 86_400_000;

describe.each(["volatile", "json"])("the life of a memory over %s", (backend) => {
  let clock: VirtualClock;
  let palace: MemoryPalace;
  beforeEach(async () => {
    clock = new VirtualClock();
    palace = await openPalace(
      backend === "json" ? { backend, path: await tempDir() } : { backend },
      memoryPorts(clock),
    );
  });
  afterEach(() => palace.close());

  const keys = async (text: string, options = {}) => (await palace.query(text, options)).items.map(({ key }) => key);
  const limits = async () => {
    await palace.store("limit", { content: "The feed refuses more than 60 calls a minute", level: "verified" });
    await palace.store("limit-2", {
      content: "No more than 60 calls per minute are accepted by the feed",
      tags: ["t"],
      outcomes: { fixes: 2, failures: 0 },
    });
    await palace.store("limit-90", "The feed refuses more than 90 calls a minute");
    await palace.store("soup", "Soup is made of vegetables");
    await palace.link("soup", "limit-2");
  };

  it("finds what says the same and what contradicts, and changes nothing by looking", async () => {
    await limits();
    const before = await palace.export();
    expect(await palace.care.review()).toMatchObject([
      { kind: "duplicate", keep: "limit", other: "limit-2" },
      { kind: "contradiction", keep: "limit", other: "limit-90", why: expect.stringContaining("60 against 90") },
      { kind: "contradiction", keep: "limit-2", other: "limit-90" },
    ]);
    expect(await palace.export()).toEqual(before);
  });

  it("merges and links at once, and does nothing the second time", async () => {
    await limits();
    const done = await palace.care.tidy();
    expect(done.map(({ kind, other }) => `${kind} ${other}`)).toEqual(["duplicate limit-2", "contradiction limit-90"]);
    expect(await keys("calls to the feed")).toEqual(["limit", "limit-90"]);
    expect((await palace.context({ task: "call the feed" })).keys).not.toContain("limit-2");
    const around = await palace.neighbours("limit");
    expect(around.map(({ item, via }) => `${via.relation} ${item.key}`).sort()).toEqual([
      "contradicts limit-90",
      "supersedes limit-2",
    ]);
    expect(around.find(({ via }) => via.relation === "contradicts")?.via.evidence?.[0]).toContain("60 against 90");
    // Outcomes of both count; the merged one is still there to be read.
    expect(await palace.get("limit")).toMatchObject({ confidence: 3 / 4, absorbed: [{ key: "limit-2" }] });
    expect(await palace.get("limit-2")).toMatchObject({ tags: ["t"], merged: { into: "limit" } });
    expect(await palace.care.tidy()).toEqual([]);
  });

  it("takes a merge back byte for byte", async () => {
    await limits();
    const before = JSON.stringify(await palace.export());
    await palace.care.merge("limit", "limit-2", { why: "the same limit" });
    expect(JSON.stringify(await palace.export())).not.toBe(before);
    await palace.care.unmerge("limit-2");
    expect(JSON.stringify(await palace.export())).toBe(before);
    expect(await keys("accepted by the feed")).toContain("limit-2");
  });

  it("keeps what was changed while two items were merged", async () => {
    await limits();
    await palace.care.merge("limit", "limit-2");
    await palace.store("limit-2", { content: "No more than 60 calls, said anew" });
    await palace.update("limit", { title: "Limit" });
    expect(await keys("said anew")).not.toContain("limit-2");
    await palace.care.unmerge("limit-2");
    expect(await palace.get("limit-2")).toMatchObject({ content: "No more than 60 calls, said anew", version: 4 });
    expect(await palace.get("limit")).toMatchObject({ title: "Limit", confidence: 0.5 });
    expect(await palace.get("limit")).not.toHaveProperty("absorbed");
  });

  it("refuses a merge that makes no sense, and says why", async () => {
    await limits();
    await palace.store("elsewhere", "x", { space: "agent:a" });
    await palace.care.merge("limit", "limit-2");
    const refusals: readonly (readonly [string, string])[] = [
      ["limit", "limit"],
      ["limit", "limit-2"],
      ["limit-2", "limit-90"],
    ];
    for (const [keep, duplicate] of refusals)
      await expect(palace.care.merge(keep, duplicate)).rejects.toMatchObject({ code: "input.invalid" });
    await expect(palace.care.merge("limit", "elsewhere")).rejects.toMatchObject({ code: "not_found" });
    await expect(palace.care.unmerge("limit")).rejects.toMatchObject({ code: "input.invalid" });
    const a = palace.as({ kind: "agent", id: "a" });
    await expect(a.care.merge("limit", "limit-90")).rejects.toMatchObject({ code: "auth.refused" });
    expect(await a.care.review({ space: "shared" })).toEqual([]);
  });

  it("forgets with an item all that was merged into it, and lets go of what is forgotten alone", async () => {
    await limits();
    await palace.care.merge("limit", "limit-2");
    await palace.care.merge("limit", "limit-90");
    await palace.forget("limit-90");
    expect(await palace.get("limit")).toMatchObject({ absorbed: [{ key: "limit-2" }] });
    await palace.forget("limit");
    expect((await palace.list()).map(({ key }) => key)).toEqual(["soup"]);
  });

  it("puts what faded into the archive, where only those look who ask for it or about the past", async () => {
    await palace.store("scratch", { content: "notes on the feed of today", tier: "working" });
    await palace.store("valued", { content: "notes on the feed that helped", tier: "working" });
    await palace.feedback("valued", { helped: true });
    await palace.store("proven", { content: "the feed needs a token", level: "verified" });
    await palace.store("ended", { content: "the feed was on port 80", validToMs: clock.now() + DAY_MS });
    await palace.store("disproved", { content: "restart the feed", level: "retired" });
    clock.advanceSync(8 * DAY_MS);
    expect(await palace.care.sweep()).toMatchObject([{ key: "scratch", why: expect.stringContaining("7 days") }]);
    expect(await keys("feed")).not.toContain("scratch");
    expect(await keys("feed", { filter: { tier: "archive" } })).toEqual(["scratch"]);
    expect(await keys("feed", { asOf: clock.now() - DAY_MS })).toContain("scratch");
    clock.advanceSync(30 * DAY_MS);
    expect((await palace.care.sweep()).map(({ key }) => key).sort()).toEqual(["disproved", "ended"]);
    clock.advanceSync(400 * DAY_MS);
    expect(await palace.care.sweep()).toEqual([]);
    // The engine stores its lessons anew at every start: what they say did not change, and they stay where they are.
    await palace.store("disproved", { content: "restart the feed", level: "retired" });
    expect(await palace.get("disproved")).toMatchObject({ tier: "archive" });
    await palace.store("disproved", { content: "restart the feed twice", level: "draft" });
    expect(await palace.get("disproved")).not.toHaveProperty("tier");
    await palace.update("scratch", { tier: "long_term" });
    expect(await keys("feed of today")).toContain("scratch");
  });

  it("lets what is worked with fade sooner than what is worth keeping", async () => {
    await palace.store("working", { content: "the feed answers slowly", tier: "working" });
    await palace.store("kept", { content: "the feed answers slowly" });
    clock.advanceSync(5 * DAY_MS);
    expect(await keys("feed slow")).toEqual(["kept", "working"]);
  });
});
