import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const root = path.resolve(import.meta.dirname, "../..");
const listed = z.object({
  mutants: z.array(
    z.object({ name: z.string(), file: z.string(), find: z.string(), tests: z.array(z.string()).nonempty() }),
  ),
});
const { mutants } = listed.parse(await import(path.join(root, "scripts/mutants/mutants.mjs")));

describe("what npm run mutants breaks", () => {
  it.each(mutants)("stands in the sources once: $name", async ({ file, find, tests }) => {
    const text = await readFile(path.join(root, file), "utf8");
    expect(text.split(find).length - 1).toBe(1);
    for (const test of tests) await expect(readFile(path.join(root, test), "utf8")).resolves.not.toBe("");
  });
});
