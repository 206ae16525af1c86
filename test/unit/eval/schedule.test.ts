import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder, OutFolder } from "../../../eval/folder.ts";
import type { Metric } from "../../../eval/metric.ts";
import { schedule } from "../../../eval/schedule.ts";
import { tempDir } from "../../support/temp-dir.ts";

const evaluated = (dir: string) => [...(schedule(new DataFolder(dir), new OutFolder(dir)) as Iterable<Metric>)];

describe("the evaluation of the order of work", () => {
  it("writes for each task how it went, and holds the waits against both rivals", async () => {
    const dir = await tempDir();
    const trace = [
      ...Array.from({ length: 40 }, (_, n) => ({ id: `p3-${n}`, at: 0, run: 60_000, prio: 3, fail: false })),
      ...Array.from({ length: 200 }, (_, n) => ({
        id: `p1-${n}`,
        at: n * 20_000,
        run: 60_000,
        prio: 1,
        fail: n === 9,
      })),
      { id: "p0", at: 600_000, run: 1_000, prio: 0, fail: false },
    ];
    writeFileSync(path.join(dir, "sched_made.jsonl"), trace.map((task) => JSON.stringify(task)).join("\n"));
    const metrics = evaluated(dir);
    const worst = metrics.find(({ metric }) => metric === "wait_ms.P3.max.sched_made");
    const strict = worst?.beside?.find(({ name }) => name === "strict priority")?.value ?? 0;
    // Strict priority starves P3 for as long as P1 keeps all workers busy; the guard does not.
    expect(worst?.value).toBeLessThan(strict / 2);
    expect(metrics.find(({ metric }) => metric === "wait_ms.P0.p95.sched_made")?.value).toBeLessThanOrEqual(60_000);
    const rows = readFileSync(path.join(dir, "sched_made.out.jsonl"), "utf8").trim().split("\n");
    expect(rows).toHaveLength(trace.length);
    expect(JSON.parse(rows[49] ?? "")).toMatchObject({ id: "p1-9", runMs: 120_000, attempts: 2, reason: "priority" });
    expect(rows.some((row) => row.includes('"reason":"guard"'))).toBe(true);
  });

  it("refuses a trace in which a task stands twice", async () => {
    const dir = await tempDir();
    const line = JSON.stringify({ id: "a", at: 0, run: 1, prio: 0, fail: false });
    writeFileSync(path.join(dir, "sched_twice.jsonl"), `${line}\n${line}\n`);
    expect(() => evaluated(dir)).toThrow(/sched_twice\.jsonl: an id stands there twice/);
  });
});
