import { describe, expect, it, onTestFinished } from "vitest";
import type { MemoryBackend } from "../../../src/memory/backend.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import type { Migration } from "../../../src/memory/migration/report.ts";
import { SwitchingBackend } from "../../../src/memory/migration/switching.ts";
import { openMovable } from "../../../src/memory/open.ts";
import type { MemoryPalace } from "../../../src/memory/palace.ts";
import { systemClock } from "../../../src/platform/clock.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { anItem } from "./backend-contract.ts";

const ports = { ...memoryPorts(), hash: nodeHash };

/** A memory in files with some items and links, and a target of its own. */
async function prepared(settle: (migration: Migration) => Promise<void> = () => Promise.resolve()) {
  const source = await backends.json.open({ path: await tempDir() }, ports);
  const elsewhere = await tempDir();
  const open = () => backends.json.open({ path: elsewhere }, ports);
  const target = await open();
  const moving = new SwitchingBackend(source, { hash: nodeHash, open, settle, forgetBehind: () => Promise.resolve() });
  onTestFinished(() => target.close());
  onTestFinished(() => moving.close());
  await Promise.all(Array.from({ length: 1_200 }, (_, n) => moving.upsert(anItem(`k${String(n)}`))));
  const link = { relation: "causes", space: "shared", createdAtMs: 1, evidence: ["seen"] };
  for (let n = 0; n < 20; n += 1)
    await moving.link({ ...link, from: `shared/k${String(n)}`, to: `shared/k${String(n + 1)}` });
  return { source, target, moving };
}

async function keysOf(backend: MemoryBackend): Promise<number> {
  let count = 0;
  for await (const _ of backend.scan()) count += 1;
  return count;
}

describe("moving a memory", () => {
  it("takes everything over, also what is written and forgotten meanwhile, and serves from the new one", async () => {
    const { moving, target } = await prepared();
    const move = moving.moveTo("elsewhere");
    const during = Array.from({ length: 50 }, async (_, n) => {
      await moving.upsert(anItem(`new${String(n)}`));
      await moving.upsert(anItem(`k${String(n)}`, { version: 2, content: "changed" }), 1);
    });
    const forgotten = moving.remove("shared/k100");
    const moved = await move;
    await Promise.all([...during, forgotten]);
    expect(moved).toMatchObject({ links: 20 });
    expect([await keysOf(moving), await keysOf(target)]).toEqual([1_249, 1_249]);
    expect((await moving.get("shared/k7"))?.content).toBe("changed");
    expect(await moving.get("shared/k100")).toBeUndefined();
    expect(await moving.neighbours(["shared/k20"])).toHaveLength(1);
  });

  it("leaves the old one in force when it breaks off at the last moment, and can be done again", async () => {
    let fails = true;
    const { moving, source, target } = await prepared(() =>
      fails ? Promise.reject(new Error("the power went")) : Promise.resolve(),
    );
    await expect(moving.moveTo("elsewhere")).rejects.toThrow("the power went");
    await moving.upsert(anItem("after"));
    expect(await source.get("shared/after")).toBeDefined();
    fails = false;
    expect(await moving.moveTo("elsewhere")).toMatchObject({ items: 1_201, links: 20 });
    expect(await target.get("shared/after")).toBeDefined();
  });

  it("touches no target that holds what it does not know", async () => {
    const { moving, target } = await prepared();
    await target.upsert(anItem("foreign"));
    await expect(moving.moveTo("elsewhere")).rejects.toMatchObject({
      code: "memory.conflict",
      message: expect.stringContaining("shared/foreign"),
    });
    expect([await keysOf(target), await keysOf(moving)]).toEqual([1, 1_200]);
  });

  it("refuses a second move beside the first", async () => {
    const { moving } = await prepared();
    const first = moving.moveTo("elsewhere");
    await expect(moving.moveTo("elsewhere")).rejects.toMatchObject({ code: "memory.conflict" });
    await first;
  });

  it("opens at the next start what was moved to, and warns until the configuration names it", async () => {
    const [directory, other] = [await tempDir(), await tempDir()];
    const places = (backend: string) => ({
      backend,
      directory,
      options: (name: string) => ({ path: name === "json" ? directory : other }),
    });
    const noted = { version: 1, from: "volatile", to: "json", atMs: systemClock.now() };
    await ports.files.write(`${directory}/moved.json`, JSON.stringify(noted));
    const warned = { ...memoryPorts(), hash: nodeHash };
    const palace: MemoryPalace = await openMovable(places("volatile"), warned);
    await palace.store("a", "kept in files");
    await palace.close();
    expect(warned.warnings).toMatchObject([{ configured: "volatile", to: "json" }]);
    const quiet = { ...memoryPorts(), hash: nodeHash };
    await using again = await openMovable(places("json"), quiet);
    expect((await again.get("a"))?.content).toBe("kept in files");
    expect([quiet.warnings, await ports.files.exists(`${directory}/moved.json`)]).toEqual([[], false]);
  });
});
