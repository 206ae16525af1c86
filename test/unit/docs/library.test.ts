import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { kinds, libraryReference, shippedRules } from "../../support/library-reference.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const page = path.join(root, "docs/reference/library.md");
const tried = path.join(root, "test/integration/library");

describe("the page of the library", () => {
  it("says of every playbook that ships what its file and the actions say", async () => {
    const { rules, refused, find } = await shippedRules();
    expect(refused).toEqual([]);
    await expect(libraryReference(await readFile(page, "utf8"), { rules, find })).toMatchFileSnapshot(page);
  });

  it("finds an answer to each of twenty problems, and every playbook answers one of them", async () => {
    const { rules } = await shippedRules();
    const answers = kinds.flatMap(([, ids]) => ids);
    expect(kinds.filter(([, ids]) => ids.length > 0).length).toBeGreaterThanOrEqual(20);
    expect([...answers].sort()).toEqual(rules.map(({ playbook }) => playbook.id));
  });

  it("speaks of no playbook that was not tried on a real fault and on its twin", async () => {
    const { rules } = await shippedRules();
    const names = await readdir(tried);
    const texts = await Promise.all(names.map((name) => readFile(path.join(tried, name), "utf8")));
    const untried = rules.filter(({ playbook: { id } }) => !texts.some((text) => text.includes(`"${id}"`)));
    expect(untried.map(({ playbook }) => playbook.id)).toEqual([]);
  });
});
