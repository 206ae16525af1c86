import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { catalogue } from "../../../src/actions/index.ts";
import { playbookJsonSchema } from "../../../src/actions/playbook-schema.ts";
import { compileRules } from "../../../src/domain/playbook/rules.ts";
import { nodeHash } from "../../../src/platform/hash.ts";
import { playbookReference } from "../../support/playbook-reference.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const page = path.join(root, "docs/reference/playbooks.md");
const shipped = path.join(root, "playbooks");

/** As it stands in the document that this engine was asked to implement. */
const SEED = `{
  "id": "cpu_high_kill_idle",
  "trigger": {
    "event_type": "resource.high",
    "conditions": {"resource": "cpu", "threshold": 80}
  },
  "actions": [
    {"type": "kill_process", "target": "idle_agents"}
  ],
  "validation": {
    "check": "cpu_below_threshold",
    "threshold": 70
  }
}
`;

const rulesOf = (files: readonly { readonly file: string; readonly text: string }[]) =>
  compileRules(files, { catalogue, hash: nodeHash });

describe("the reference of playbooks", () => {
  it("has the tables that the code makes", async () => {
    const text = await readFile(page, "utf8");
    await expect(playbookReference(text)).toMatchFileSnapshot(page);
  });

  it("has the JSON Schema that the code makes", async () => {
    const stored: unknown = JSON.parse(await readFile(path.join(root, "docs/reference/playbook.schema.json"), "utf8"));
    expect(stored).toEqual(playbookJsonSchema());
  });

  it("shows playbooks that load", async () => {
    const examples = [...(await readFile(page, "utf8")).matchAll(/```json\n([\s\S]*?)```/g)].map(
      ([, text]) => text ?? "",
    );
    const { rules, refused } = rulesOf(examples.map((text, index) => ({ file: `example ${index}`, text })));
    expect(refused).toEqual([]);
    expect(rules).toHaveLength(2);
  });
});

describe("the playbooks that ship", () => {
  it("load, and all but the seed's own carry tests of both verdicts", async () => {
    const names = (await readdir(shipped)).filter((name) => name.endsWith(".json"));
    const files = await Promise.all(
      names.map(async (file) => ({ file, text: await readFile(path.join(shipped, file), "utf8") })),
    );
    const { rules, refused } = rulesOf(files);
    expect(refused).toEqual([]);
    expect(rules.map(({ file, playbook }) => [file, `${playbook.id}.json`])).toEqual(names.map((name) => [name, name]));
    for (const { playbook } of rules.filter(({ playbook: { form } }) => form === "full")) {
      const expected = new Set(playbook.tests.map(({ expect: verdict }) => verdict));
      expect([playbook.id, ...[...expected].sort()]).toEqual([playbook.id, "match", "no_match"]);
    }
  });

  it("include the seed's own, byte for byte", async () => {
    expect(await readFile(path.join(shipped, "cpu_high_kill_idle.json"), "utf8")).toBe(SEED);
  });
});
