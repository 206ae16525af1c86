import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { playbookJsonSchema } from "../../../src/actions/playbook-schema.ts";
import { configure } from "../../../src/config/configure.ts";
import { problemResponse } from "../../../src/http/problems.ts";
import { AiosError } from "../../../src/kernel/errors.ts";
import { configurationJsonSchema, configurationReference } from "../../support/configuration-reference.ts";
import { eventReference } from "../../support/event-reference.ts";
import { failureReference } from "../../support/failure-reference.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const inRoot = (file: string) => path.join(root, file);
const textOf = (file: string) => readFile(inRoot(file), "utf8");

/** The JSON examples of a page. */
async function examplesOf(page: string): Promise<readonly unknown[]> {
  const blocks = (await textOf(page)).matchAll(/```json\n([\s\S]*?)```/g);
  return [...blocks].map(([, text = ""]): unknown => JSON.parse(text));
}

/** What a schema makes of a value; a validator that had no part in writing the schema says it. */
function validator(schema: object): (value: unknown) => string {
  const validate = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, formats: { uri: true } }).compile(
    schema,
  );
  return (value) =>
    validate(value) ? "fits" : (validate.errors ?? []).map((one) => `${one.instancePath} ${one.message}`).join("; ");
}

describe("the reference", () => {
  it.each([
    ["events", eventReference],
    ["failures", failureReference],
    ["configuration", configurationReference],
  ])("has the tables of %s that the code makes", async (name, write) => {
    const page = inRoot(`docs/reference/${name}.md`);
    await expect(write(await readFile(page, "utf8"))).toMatchFileSnapshot(page);
  });

  it("has the JSON Schema of the configuration that the code makes", async () => {
    const stored: unknown = JSON.parse(await textOf("docs/reference/configuration.schema.json"));
    expect(stored).toEqual(configurationJsonSchema());
  });

  it("shows a failure as the doors tell it", async () => {
    const failure = new AiosError("event.invalid", "The data does not fit resource.high", {
      faults: [{ path: "data.value", message: "Invalid input: expected number, received string" }],
    });
    const told: unknown = await problemResponse(failure, "0199a1f0").json();
    expect(await examplesOf("docs/reference/failures.md")).toEqual([told]);
  });
});

describe("the JSON Schema of the configuration", () => {
  const judge = validator(configurationJsonSchema());

  it("takes the configuration that ships, the one that is shown and the empty one, as the engine does", async () => {
    const shown = await examplesOf("docs/reference/configuration.md");
    expect(shown).toHaveLength(1);
    for (const content of [JSON.parse(await textOf("aios.config.json")), ...shown, {}]) {
      expect(judge(content)).toBe("fits");
      expect(() => configure({ file: { path: "example", content }, env: {} })).not.toThrow();
    }
  });

  it.each([
    [{ http: { prot: 1 } }, "/http must NOT have additional properties"],
    [{ http: { port: "8765" } }, "/http/port must be integer"],
    [{ reactor: { limits: { groupShare: 2 } } }, "/reactor/limits/groupShare must be <= 1"],
    [{ agents: { declared: [{ kind: "process" }] } }, "/agents/declared/0 must have required property 'id'"],
  ])("refuses what the engine refuses: %o", (content, why) => {
    expect(judge(content)).toContain(why);
    expect(() => configure({ file: { path: "example", content }, env: {} })).toThrow(AiosError);
  });
});

describe("the JSON Schema of playbooks", () => {
  const judge = validator(playbookJsonSchema());

  it("takes every playbook that ships", async () => {
    const folders = ["playbooks", "examples/demo/playbooks"];
    const files = (
      await Promise.all(
        folders.map(async (folder) => (await readdir(inRoot(folder))).map((name) => `${folder}/${name}`)),
      )
    ).flat();
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect([file, judge(JSON.parse(await textOf(file)))]).toEqual([file, "fits"]);
  });

  it("refuses an action that does not exist", () => {
    const playbook = { id: "p", trigger: { event_type: "a.b" }, actions: [{ type: "kill_everything" }] };
    expect(judge(playbook)).toContain("/actions/0");
  });
});
