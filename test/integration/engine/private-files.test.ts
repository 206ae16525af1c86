import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { createEngine } from "../../../src/index.ts";
import { tempDir } from "../../support/temp-dir.ts";

/** More than an event carries: it goes into a file of its own. */
const LARGE = "x".repeat(100_000);

it("writes nothing into its data directory that another user of the machine could read", async () => {
  const dataDir = await tempDir();
  const config = { dataDir, http: { port: 0 }, sensors: { enabled: false }, log: { level: "error" } } as const;
  const engine = await createEngine({ config, http: true });
  await engine.agents.register("talker", { kind: "function", run: () => LARGE });
  const { id } = await engine.tasks.submit({ agent: "talker", input: "a secret" });
  await engine.tasks.finished(id);
  await engine.memory.store("note", "another secret");
  await engine.stop();

  const names = (await readdir(dataDir, { recursive: true })).sort();
  expect(names).toEqual(
    expect.arrayContaining(["events.jsonl", "operator.token", "tokens.json", `outputs/${id}.json`]),
  );
  const readable: string[] = [];
  for (const name of names) {
    const facts = await stat(path.join(dataDir, name));
    if (facts.isFile() && (facts.mode & 0o077) !== 0) readable.push(name);
  }
  expect(readable).toEqual([]);
});
