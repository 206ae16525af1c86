import { readFile } from "node:fs/promises";
import path from "node:path";
import neo4j, { type Driver } from "neo4j-driver";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backends } from "../../../src/memory/backends/index.ts";
import { MemoryPalace } from "../../../src/memory/palace.ts";
import { memoryPorts } from "../../support/memory-ports.ts";
import { neo4jUrl } from "../support/servers.ts";
import { emptyNeo4j } from "../support/stores.ts";

const page = await readFile(path.resolve(import.meta.dirname, "../../../docs/design/neo4j.md"), "utf8");
const examples = [...page.matchAll(/^(.+):\n```cypher\n([\s\S]+?)\n```/gm)].map(
  ([, title = "", query = ""]) => [title, query] as const,
);

describe("the graph on Neo4j, looked at by hand", () => {
  let driver: Driver;
  const rowsOf = async (query: string) => {
    const parameters = { key: "failure-disk", id: "shared/lesson-disk", other: "shared/playbook-clean" };
    const { records } = await driver.executeQuery(query, parameters, { database: "neo4j" });
    return records.map((record): Readonly<Record<string, unknown>> => record.toObject());
  };
  beforeAll(async () => {
    await emptyNeo4j();
    driver = neo4j.driver(neo4jUrl(), undefined, { disableLosslessIntegers: true });
    const ports = memoryPorts();
    await using palace = MemoryPalace.over(await backends.neo4j.open({ url: neo4jUrl() }, ports), ports.clock);
    const proven = { level: "verified", outcomes: { fixes: 2, failures: 0 } } as const;
    await palace.store("lesson-disk", { content: "empty the cache", title: "Disk full", kind: "lesson", ...proven });
    await palace.store("lesson-net", { content: "no remedy yet", title: "Proxy", kind: "lesson", level: "draft" });
    await palace.store("playbook-clean", { content: "Playbook clean", title: "clean", kind: "playbook" });
    await palace.store("failure-disk", { content: "ENOSPC", title: "ENOSPC", kind: "failure" });
    await palace.store("failure-build", { content: "build broke", title: "Build broke", kind: "failure" });
    await palace.store("agent-coder", { content: "coder", title: "coder", kind: "agent" });
    await palace.link("playbook-clean", "lesson-disk", "fixes");
    await palace.link("playbook-clean", "failure-disk", "fixes");
    await palace.link("failure-disk", "failure-build", "causes");
    await palace.link("lesson-disk", "failure-disk", "derived_from");
    await palace.link("lesson-net", "lesson-disk", { relation: "contradicts", evidence: ["e1"] });
    await palace.share("lesson-disk", "agent:coder");
  });
  afterAll(() => driver.close());

  it("has ten examples on its page", () => {
    expect(examples).toHaveLength(10);
  });

  it.each(examples)("answers: %s", async (_title, query) => {
    expect(await rowsOf(query)).not.toEqual([]);
  });

  it("tells what follows a failure and what fixed it, and knows lessons, failures, agents and playbooks as such", async () => {
    const follows = examples.find(([title]) => title.startsWith("What usually follows"))?.[1] ?? "";
    expect(await rowsOf(follows)).toEqual([{ "f.title": "ENOSPC", follows: ["Build broke"], fixedBy: ["clean"] }]);
    const kinds = await rowsOf("MATCH (i:Item) UNWIND labels(i) AS label RETURN DISTINCT label ORDER BY label");
    expect(kinds.map(({ label }) => label)).toEqual(["Agent", "Failure", "Item", "Lesson", "Playbook"]);
  });

  it("keeps two nodes of one id, and two relationships of one key, from being made", async () => {
    await expect(rowsOf("CREATE (:Item {id: 'shared/lesson-disk'}) RETURN 1")).rejects.toThrow(/already exists/);
  });
});
