import { describe, expect, it } from "vitest";
import { MemoryFiles } from "../../../src/simulation/memory-files.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("MemoryFiles", () => {
  it("appends behind what is there, whoever opened the file first", async () => {
    const files = new MemoryFiles();
    await files.write("/log", "a");
    const [first, second] = [await files.append("/log"), await files.append("/log")];
    await first.write(bytes("bc"));
    await second.write(bytes("d".repeat(100)));
    expect(await files.readText("/log")).toBe(`abc${"d".repeat(100)}`);
    expect(await files.stat("/log")).toMatchObject({ sizeBytes: 103, kind: "file" });
  });

  it("forgets what was cut off, and goes on there", async () => {
    const files = new MemoryFiles();
    const log = await files.append("/log");
    await log.write(bytes("whole, torn"));
    await log.truncate(5);
    await log.write(bytes("!"));
    expect(await files.readText("/log")).toBe("whole!");
  });

  it("streams from where it is asked to", async () => {
    const files = new MemoryFiles();
    await (await files.append("/log")).write(bytes("0123456789"));
    const seen: string[] = [];
    for await (const chunk of files.stream("/log", { start: 7 })) seen.push(new TextDecoder().decode(chunk));
    expect(seen.join("")).toBe("789");
  });
});
