import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fingerprint } from "../../../eval/fingerprint.ts";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { tempDir } from "../../support/temp-dir.ts";

describe("the evaluation of fingerprints", () => {
  it("writes a group for every line, as known at arrival and at the end", async () => {
    const dir = await tempDir();
    const lines = [
      "module lodash has no exported member\tE1\tC1",
      "module zustand has no exported member\tE1\tC1",
      "",
      "module ky has no exported member\tE1\tC1",
      String.raw`cannot open C:\\data\\a.txt\tE2`.replaceAll(String.raw`\t`, "\t"),
    ];
    writeFileSync(path.join(dir, "made.tsv"), `${lines.join("\n")}\n`);
    writeFileSync(path.join(dir, "made.templates.tsv"), "E1\tmodule <*> has no exported member\n");
    const metrics = [];
    for (const metric of fingerprint(new DataFolder(dir), new OutFolder(dir)) as Iterable<Metric>) {
      metrics.push(metric);
      if (metric.metric.startsWith("order_reversed")) break;
    }
    const written = (name: string) => readFileSync(path.join(dir, name), "utf8").trim().split("\n");
    const [first, second, third, fourth, fifth, ...more] = written("made.pred");
    expect(more).toEqual([]);
    expect([second, fourth]).toEqual([first, first]);
    expect(new Set([first, third, fifth]).size).toBe(3);
    expect(written("made.arrival.pred")[1]).not.toBe(first);
    // The line without columns has no true group: nothing is scored.
    expect(metrics.find(({ metric }) => metric === "grouping_accuracy.mean")?.value).toBeNull();
  });
});
