import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { replay } from "../../../eval/replay.ts";
import { tempDir } from "../../support/temp-dir.ts";

const trial = (task: number, success: boolean, ...errors: readonly string[]) => ({
  env: "shop",
  agent: "tools",
  model: "m",
  task,
  trial: 0,
  success,
  tool_calls: errors.map((error, step) => [step, "pay", error]),
});

describe("the evaluation that replays real agents", () => {
  it("finds the success rate to the last digit, and one lesson for what struck three tasks", async () => {
    const dir = await tempDir();
    mkdirSync(path.join(dir, "agents"));
    const trials = [
      trial(0, false, "Error: card 17 was declined", "Error: card 17 was declined"),
      trial(1, true, "Error: card 18 was declined"),
      trial(2, false, "Error: cart is empty"),
      trial(3, true),
      trial(4, false, "Error: card 21 was declined"),
      trial(5, true),
      trial(6, true),
    ];
    const lines = trials.map((each) => JSON.stringify(each));
    writeFileSync(path.join(dir, "agents", "tau_shop.jsonl"), `${lines.join("\n")}\n`);
    const metrics: Metric[] = [];
    for await (const metric of replay(new DataFolder(dir), new OutFolder(dir))) metrics.push(metric);
    const found = Object.fromEntries(metrics.map(({ metric, value }) => [metric, value]));
    expect(found["success_rate"]).toBeCloseTo(4 / 7, 8);
    expect(found).toMatchObject({
      "success_rate.difference": 0,
      lessons: 1,
      "lessons.missing": 0,
      "lessons.drafted_twice": 0,
    });
    const written = (name: string) =>
      readFileSync(path.join(dir, name), "utf8")
        .trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
    expect(written("lessons.jsonl")).toEqual([
      expect.objectContaining({ tasks: 3, level: "draft", template: "Error: card <num> was declined" }),
    ]);
    expect(written("score.jsonl")).toEqual([expect.objectContaining({ counts: expect.objectContaining({ tsr: 7 }) })]);
    expect(written("events.jsonl").length).toBeGreaterThan(trials.length);
  });
});
