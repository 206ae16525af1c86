import { describe, expect, it } from "vitest";
import { exposition } from "../../../src/http/metrics.ts";
import { testDoors } from "../../support/http-deps.ts";

describe("exposition", () => {
  it("writes counters and gauges with their labels escaped", () => {
    const text = exposition([
      {
        kind: "counter",
        name: "a_total",
        help: 'Says "a"\nand \\b.',
        values: [{ value: 1 }, { labels: { why: 'x"\\\n' }, value: 0.5 }],
      },
    ]);
    expect(text).toBe(
      '# HELP a_total Says "a"\\nand \\\\b.\n# TYPE a_total counter\na_total 1\na_total{why="x\\"\\\\\\n"} 0.5\n',
    );
  });

  it("ends a histogram with +Inf, sum and count", () => {
    const text = exposition([
      {
        kind: "histogram",
        name: "s",
        help: "S.",
        values: [{ labels: { p: "x" }, buckets: [{ le: 0.1, count: 1 }], sum: 2.05, count: 2 }],
      },
    ]);
    expect(text.split("\n").slice(2, -1)).toEqual([
      's_bucket{p="x",le="0.1"} 1',
      's_bucket{p="x",le="+Inf"} 2',
      's_sum{p="x"} 2.05',
      's_count{p="x"} 2',
    ]);
  });

  it("is served as Prometheus reads it, with the doors' own traffic", async () => {
    const doors = await testDoors();
    await doors.ask("GET", "/api/v1/score");
    await doors.ask("GET", "/nothing");
    const metrics = await doors.ask("GET", "/metrics", { as: "nobody" });
    expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(metrics.text).toContain("aios_up 1\n");
    expect(metrics.text).toContain('aios_http_requests_total{method="GET",status="200"} 1\n');
    expect(metrics.text).toContain('aios_http_requests_total{method="GET",status="404"} 1\n');
    expect(metrics.text).toContain("aios_http_request_seconds_count 2\n");
  });
});
