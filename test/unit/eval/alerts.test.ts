import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { alerts } from "../../../eval/alerts.ts";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { tempDir } from "../../support/temp-dir.ts";

function evaluated(dir: string): readonly Metric[] {
  return [...(alerts(new DataFolder(dir), new OutFolder(path.join(dir, "out"))) as Iterable<Metric>)];
}

const jump = Array.from({ length: 900 }, (_, n) => [1_000 + 300 * n, n < 700 ? (n % 20) / 10 : 9] as const);

describe("the evaluation of alerts", () => {
  it("writes an alert a line for every file, and scores what is labelled", async () => {
    const dir = await tempDir();
    mkdirSync(path.join(dir, "nab", "deep"), { recursive: true });
    const text = `epoch,value\n${jump.map((sample) => `${sample.join(",")}\n`).join("")}`;
    writeFileSync(path.join(dir, "nab", "deep", "jump.csv"), text);
    writeFileSync(path.join(dir, "nab", "other.csv"), "1,2\n2,\n3,nan\n");
    const [from, to] = [jump[690]?.[0], jump[720]?.[0]];
    writeFileSync(
      path.join(dir, "nab", "labels.json"),
      JSON.stringify([{ file: "deep/jump.csv", probation: 100, windows: [[from, to]] }]),
    );
    const metrics = evaluated(dir);
    const written = readFileSync(path.join(dir, "out", "deep", "jump.csv.alerts"), "utf8")
      .trim()
      .split("\n")
      .map(Number);
    expect(written[0]).toBe(jump[700]?.[0]);
    expect(readFileSync(path.join(dir, "out", "other.csv.alerts"), "utf8")).toBe("");
    const measured = (name: string) => metrics.find(({ metric }) => metric === name)?.value;
    expect(measured("nab.standard")).toBeGreaterThan(80);
    expect(measured("false_alerts")).toBe(0);
    expect(measured("alerts")).toBe(written.length);
    expect(measured("values_missing")).toBe(2);
  });

  it("names file and line of a value that is none", async () => {
    const dir = await tempDir();
    writeFileSync(path.join(dir, "a.csv"), "epoch,value\n1,2\n2,two\n");
    expect(() => evaluated(dir)).toThrow(/a\.csv:3: "two" is no number/);
    writeFileSync(path.join(dir, "a.csv"), "epoch,value\nnow,2\n");
    expect(() => evaluated(dir)).toThrow(/a\.csv:2: "now" is no time/);
  });

  it("says when there is no series at all", async () => {
    const dir = await tempDir();
    expect(() => evaluated(dir)).toThrow(/there is no CSV file in it/);
  });
});
