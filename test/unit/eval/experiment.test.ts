import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { experiment } from "../../../eval/experiment.ts";
import { eagerVerdict, oneLookVerdict } from "../../../eval/experiment-rivals.ts";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import { tempDir } from "../../support/temp-dir.ts";

interface Made {
  readonly pair: string;
  readonly control: readonly number[];
  readonly candidate: readonly number[];
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const repeated = (outcome: 0 | 1, n: number) => Array.from({ length: n }, () => outcome);

describe("the evaluation of trials", () => {
  it("writes a decision for every pair, with the tasks an arm that it took", async () => {
    const dir = await tempDir();
    const pairs = [
      { pair: "lost", control: repeated(1, 250), candidate: repeated(0, 250) },
      { pair: "won", control: repeated(0, 250), candidate: repeated(1, 250) },
      { pair: "short", control: [1, 0, 1], candidate: [1, 1, 1] },
      { pair: 4, control: [], candidate: [] },
    ];
    writeFileSync(path.join(dir, "pairs.jsonl"), pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(""));
    const [first] = experiment(new DataFolder(dir), new OutFolder(dir)) as Iterable<unknown>;
    expect(first).toMatchObject({ metric: "pairs.keep", value: 1, n: 4 });
    const decisions = readFileSync(path.join(dir, "decisions.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(decisions).toEqual([
      { pair: "lost", decision: "rollback", tasks: expect.any(Number) },
      { pair: "won", decision: "keep", tasks: expect.any(Number) },
      { pair: "short", decision: "inconclusive", tasks: 3 },
      { pair: 4, decision: "inconclusive", tasks: 0 },
    ]);
  });

  it("makes its own pairs where it is told to, the same ones each time and as many of each truth as it says", async () => {
    const [one, other] = [await tempDir(), await tempDir()];
    const texts = [one, other].map((dir) => {
      const metrics = experiment(new DataFolder(dir), new OutFolder(dir), { simulate: true }) as Iterable<unknown>;
      const [kept] = metrics;
      expect(kept).toMatchObject({ metric: "pairs.keep", n: 3_000 });
      return readFileSync(path.join(dir, "pairs.jsonl"), "utf8");
    });
    expect(texts[0]).toBe(texts[1]);
    const pairs =
      texts[0]
        ?.trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Made) ?? [];
    for (const base of [0.3, 0.5, 0.7, 0.9])
      for (const [truth, less] of [
        ["equal", 0],
        ["worse by 20", 0.2],
        ["worse by 10", 0.1],
      ] as const) {
        const cell = pairs.filter(({ pair }) => pair.startsWith(`base ${base}, ${truth}, `));
        expect(cell).toHaveLength(250);
        expect(meanOf(cell.flatMap(({ control }) => control))).toBeCloseTo(base, 2);
        expect(meanOf(cell.flatMap(({ candidate }) => candidate))).toBeCloseTo(base - less, 2);
      }
  });
});

describe("the rivals of the trial", () => {
  it("decide in haste, or once at the end", () => {
    const won = { control: repeated(0, 10), candidate: repeated(1, 10) };
    expect(eagerVerdict(won)).toBe("keep");
    expect(oneLookVerdict(won)).toBe("keep");
    expect(oneLookVerdict({ control: won.candidate, candidate: won.control })).toBe("rollback");
    expect(oneLookVerdict({ control: repeated(1, 9), candidate: repeated(1, 9) })).toBe("inconclusive");
  });
});
