import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { reactor } from "../../../src/config/reactor.ts";
import { tasks } from "../../../src/config/work.ts";
import { livesOf } from "../../support/limit-lives.ts";
import { limitRows } from "../../support/limit-rows.ts";
import { schemaRows } from "../../support/schema-rows.ts";

describe("a limit that is set to something else makes the whole engine do something else", () => {
  it.each(limitRows)("against $against: $setting", async (row) => {
    expect(row.sees[0]).not.toEqual(row.sees[1]);
    expect(await livesOf(row)).toEqual(row.sees);
  });
});

describe("the table of limits", () => {
  it("has a life for every setting that bounds remedies", () => {
    const prefixed = (prefix: string, paths: readonly string[]) => paths.map((one) => `${prefix}.${one}`);
    const settings = [
      ...prefixed("reactor", pathsBelow(reactor)).filter((one) =>
        /^reactor\.(limits\.|risk\.|mode|approvalMs)/.test(one),
      ),
      ...prefixed("tasks", pathsBelow(tasks)).filter((one) => one.startsWith("tasks.retryBudget.")),
    ];
    expect(settings.length).toBeGreaterThan(25);
    const shown = new Set(limitRows.map(({ setting }) => setting));
    expect(settings.filter((one) => !shown.has(one))).toEqual([]);
  });

  it("has a life for every row of the design's", async () => {
    const text = await readFile(path.resolve(import.meta.dirname, "../../../docs/design/reactor.md"), "utf8");
    const table = text.slice(text.indexOf("| against |")).split("\n\n")[0] ?? "";
    const rows = table
      .split("\n")
      .slice(2)
      .map((line) => line.split("|")[1]?.trim());
    expect(rows.length).toBeGreaterThan(8);
    const shown = new Set<string | undefined>(limitRows.map(({ against }) => against));
    expect(rows.filter((one) => !shown.has(one))).toEqual([]);
  });
});

function pathsBelow(schema: Parameters<typeof schemaRows>[0]): readonly string[] {
  const all = schemaRows(schema, "output").map(({ path }) => path);
  return all.filter((one) => !all.some((other) => other.startsWith(`${one}.`)));
}
