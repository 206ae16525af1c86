import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { createEngine } from "../../../src/index.ts";
import { metricReference } from "../../support/metric-reference.ts";
import { tempDir } from "../../support/temp-dir.ts";

const page = path.resolve(import.meta.dirname, "../../../docs/reference/metrics.md");

it("measures what docs/reference/metrics.md says, and names no agent", async () => {
  const config = {
    dataDir: await tempDir(),
    http: { port: 0 },
    memory: { backend: "volatile" },
    sensors: { enabled: false },
    log: { level: "error" },
  } as const;
  await using engine = await createEngine({ config, http: true });
  await engine.agents.register("an-agent-of-this-test", { kind: "function", run: () => "done" });
  const { id } = await engine.tasks.submit({ agent: "an-agent-of-this-test", input: null });
  await engine.tasks.finished(id);
  const answer = await fetch(`${engine.url ?? ""}/metrics`);
  const text = await answer.text();
  expect(text).not.toContain("an-agent-of-this-test");
  await expect(metricReference(await readFile(page, "utf8"), text)).toMatchFileSnapshot(page);
});
