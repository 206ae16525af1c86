import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { tempDir } from "../../support/temp-dir.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../../..");
/** The README's program, where the compiler sees it; "aios" is this repository there. */
const program = path.join(root, "test/fixtures/programs/library.ts");

it("shows the program in the README that is compiled and run here", async () => {
  const readme = await readFile(path.join(root, "README.md"), "utf8");
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(shown).toBe((await readFile(program, "utf8")).replace('"../../../src/index.ts"', '"aios"'));
});

it("shows a program in the README that does what it says", async () => {
  const { stdout } = await run(path.join(root, "node_modules/.bin/tsx"), [program], { cwd: await tempDir() });
  expect(stdout).toBe("succeeded { words: 4 }\ndeploys\n");
});
