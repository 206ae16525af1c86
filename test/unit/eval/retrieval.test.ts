import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { ndcg } from "../../../eval/ndcg.ts";
import { retrieval } from "../../../eval/retrieval.ts";
import { withTypos } from "../../../eval/typos.ts";
import { tempDir } from "../../support/temp-dir.ts";

const lines = (records: readonly object[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

async function evaluated(dir: string): Promise<readonly Metric[]> {
  const metrics: Metric[] = [];
  for await (const metric of retrieval(new DataFolder(dir), new OutFolder(path.join(dir, "out")))) metrics.push(metric);
  return metrics;
}

async function sets(qrels = "q1\tdisk\t1\nq2\tproxy\t2\n"): Promise<string> {
  const dir = await tempDir();
  const set = path.join(dir, "retrieval", "small");
  mkdirSync(set, { recursive: true });
  const documents = [
    { id: "disk", title: "ENOSPC", text: "The disk is full; remove old logs." },
    { id: "proxy", text: "The proxy needs a longer deadline." },
  ];
  writeFileSync(path.join(set, "docs.jsonl"), lines(documents));
  writeFileSync(
    path.join(set, "queries.jsonl"),
    lines([
      { id: "q1", text: "why is the disk full" },
      { id: "q2", text: "proxies and deadlines" },
    ]),
  );
  writeFileSync(path.join(set, "qrels.tsv"), qrels);
  return dir;
}

describe("the evaluation of retrieval", () => {
  it("writes question, document, rank and score of every set, and measures beside two rivals", async () => {
    const dir = await sets();
    const [metric] = await evaluated(dir);
    expect(metric).toMatchObject({ metric: "ndcg_at_10.small", value: 1, n: 2 });
    expect(metric?.beside?.map(({ name }) => name)).toEqual(["substring, any word", "MiniSearch, defaults"]);
    const rows = readFileSync(path.join(dir, "out", "small", "run.tsv"), "utf8")
      .trim()
      .split("\n");
    expect(rows[0]).toMatch(/^q1\tdisk\t1\t0\.\d+$/);
    expect(rows.filter((row) => row.startsWith("q2\t"))[0]).toMatch(/^q2\tproxy\t1\t/);
  });

  it("names file and line of a judgement about something that is not there", async () => {
    await expect(evaluated(await sets("q1\tdisk\t1\nq1\tmoon\t1\n"))).rejects.toThrow(
      /qrels\.tsv:2: there is no document moon/,
    );
  });
});

describe("discounted gain", () => {
  it("is 1 for the best order and falls with every step down", () => {
    const grades = new Map([
      ["a", 2],
      ["b", 1],
    ]);
    expect(ndcg(["a", "b"], grades)).toBe(1);
    expect(ndcg(["b", "a"], grades)).toBeCloseTo((1 + 2 / Math.log2(3)) / (2 + 1 / Math.log2(3)), 10);
    expect(ndcg(["x", "y"], grades)).toBe(0);
  });
});

describe("misspelling", () => {
  it("hits half of the long words, the same with the same seed, and leaves short ones", () => {
    const text = "which proxies answer after their deadline has gone";
    const wrong = withTypos(text, 7);
    expect(withTypos(text, 7)).toBe(wrong);
    const differ = text.split(" ").filter((word, at) => wrong.split(" ")[at] !== word);
    expect(differ.every((word) => word.length >= 5)).toBe(true);
    expect(differ.length).toBeGreaterThanOrEqual(2);
    expect(differ.length).toBeLessThanOrEqual(3);
  });
});
