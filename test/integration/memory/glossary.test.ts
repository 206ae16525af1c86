import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openMovable } from "../../../src/memory/open.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";

async function openWith(glossary: string) {
  const directory = await tempDir();
  await writeFile(path.join(directory, "own.txt"), glossary);
  const places = { backend: "volatile", directory, options: () => ({}), glossary: path.join(directory, "own.txt") };
  return openMovable(places, { ...memoryPorts(), hash: nodeHash });
}

describe("a glossary of the user's own", () => {
  it("is used beside the built-in one", async () => {
    await using palace = await openWith("飞轮 = flywheel\n");
    await palace.store("wheel", "Grease the flywheel every month");
    await palace.store("disk", "Empty the disk");
    expect((await palace.query("飞轮不转")).items[0]?.key).toBe("wheel");
    expect((await palace.query("磁盘")).items[0]?.key).toBe("disk");
  });

  it("keeps the memory closed when a line cannot be read, and names it", async () => {
    await expect(openWith("飞轮 = flywheel\n转轮\n")).rejects.toMatchObject({
      code: "config.invalid",
      message: expect.stringMatching(/own\.txt:2: one `=`/),
    });
  });

  it("is asked for by name when its file is not there", async () => {
    const places = { backend: "volatile", directory: "/", options: () => ({}), glossary: "/nowhere/own.txt" };
    await expect(openMovable(places, { ...memoryPorts(), hash: nodeHash })).rejects.toThrow(
      /memory\.glossary: there is no file \/nowhere\/own\.txt/,
    );
  });
});
