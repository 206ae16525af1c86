import { rm } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { MemoryPalace, type TwoMethodBackend } from "../../../src/index.ts";
import { backends } from "../../../src/memory/backends/index.ts";
import { TwoMethodAdapter } from "../../../src/memory/backends/two-method.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { backendContract } from "./backend-contract.ts";

/** As somebody would write one: a map, and a search for any word. */
class Plain implements TwoMethodBackend {
  readonly texts = new Map<string, string>();
  readonly asked: string[] = [];

  store(key: string, { content }: { readonly content: string }) {
    this.texts.set(key, content);
  }

  query(text: string, topK: number) {
    this.asked.push(text);
    const words = text.split(" ");
    const found = [...this.texts].filter(([, content]) => words.some((word) => content.toLowerCase().includes(word)));
    return found.slice(0, topK).map(([key]) => ({ key }));
  }
}

backendContract("two-method", async () => {
  const path = await tempDir();
  const plain = new Plain();
  return {
    open: async () => new TwoMethodAdapter(plain, await backends.json.open({ path }, memoryPorts())),
    dispose: () => rm(path, { recursive: true, force: true }),
  };
});

describe("a palace over a backend of two methods", () => {
  it("stores, queries and links as the first version's users wrote it, and asks that backend for its candidates", async () => {
    const plain = new Plain();
    const palace = await MemoryPalace.open({ path: await tempDir(), backend: plain });
    onTestFinished(() => palace.close());
    await palace.store("lesson_123", {
      category: "error_handling",
      content: "Always validate input before processing",
      confidence: 0.9,
    });
    await palace.store("lesson_456", "Log the error before you retry");
    await palace.link("lesson_123", "lesson_456", { relation: "related_to" });
    expect((await palace.query("validate the input", 5)).items.map(({ key }) => key)).toEqual(["lesson_123"]);
    expect(plain.asked).toEqual([expect.stringContaining("validat")]);
    expect(await palace.neighbours("lesson_456")).toMatchObject([{ item: { key: "lesson_123", confidence: 0.9 } }]);
    // What it finds for somebody who may not see it is not answered.
    await palace.store("secret", "validate nothing", { space: "agent:a" });
    const other = palace.as({ kind: "agent", id: "b" });
    expect((await other.query("validate")).items.map(({ key }) => key)).toEqual(["lesson_123"]);
    await palace.forget("lesson_123");
    expect(plain.texts.get("shared/lesson_123")).toBe("");
  });
});
