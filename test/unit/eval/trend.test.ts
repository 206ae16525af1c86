import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { coverage, trend } from "../../../eval/trend.ts";
import { tempDir } from "../../support/temp-dir.ts";

describe("the F1 of change points", () => {
  it("is one for what everybody marked, within five places", () => {
    expect(coverage([[50], [52]], [51])).toBe(1);
    expect(coverage([[], []], [])).toBe(1);
  });

  it("counts a change that nobody marked against the precision, and a missed one against its annotator", () => {
    // Precision 2 of 3, recall 1.
    expect(coverage([[50]], [50, 90])).toBeCloseTo(0.8, 9);
    // Precision 1, recall the mean of 1 and 1/2.
    expect(coverage([[], [50]], [])).toBeCloseTo((2 * 0.75) / 1.75, 9);
  });

  it("lets one place found stand for one mark only", () => {
    expect(coverage([[50, 54]], [52])).toBeCloseTo((2 * (2 / 3)) / (1 + 2 / 3), 9);
  });
});

describe("the evaluation of trends", () => {
  it("writes changes and direction of each series, and bears holes and missing annotations", async () => {
    const dir = await tempDir();
    const step = Array.from({ length: 60 }, (_, at) => (at === 7 ? null : (at < 30 ? 1 : 5) + (at % 3) / 10));
    const lines = [
      { name: "step", series: [step], annotations: { a: [30], b: [31] } },
      { name: "unmarked", series: [[1, 2, 3]] },
    ];
    writeFileSync(path.join(dir, "tcpd.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    const metrics = [...(trend(new DataFolder(dir), new OutFolder(dir)) as Iterable<Metric>)];
    expect(metrics.map(({ metric, value }) => [metric, value])).toEqual([
      ["values_missing", 1],
      ["f1.step", 1],
      ["f1.mean", 1],
    ]);
    const written = readFileSync(path.join(dir, "trend.jsonl"), "utf8").trim().split("\n");
    expect(written.map((line): unknown => JSON.parse(line))).toEqual([
      { name: "step", changePoints: [30], direction: "improving" },
      { name: "unmarked", changePoints: [], direction: "stable" },
    ]);
  });
});
