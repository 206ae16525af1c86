import { z } from "zod";
import { configure } from "../src/config/configure.ts";
import { spreadOf } from "../src/domain/spread.ts";
import { type Candidate, noStatistics, pickNext, recordRun, withPeak } from "../src/domain/task-order.ts";
import { SeededEntropy } from "../src/simulation/seeded-entropy.ts";
import type { Evaluation } from "./evaluation.ts";
import { EvalFault } from "./fault.ts";
import { type Metric, rounded } from "./metric.ts";
import { fifo, strict } from "./schedule-rivals.ts";
import { type Policy, type Queued, runTrace, type TaskRun, type TraceTask } from "./virtual-workers.ts";

const WORKERS = 3;
const task = z.object({
  id: z.string(),
  at: z.number().nonnegative(),
  run: z.number().nonnegative(),
  prio: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  fail: z.boolean(),
});
const priorities = ["P0", "P1", "P2", "P3"] as const;

/** Three workers go through each trace in the engine's order, and in that of both rivals. */
export const schedule: Evaluation = function* (root, out) {
  const data = root.within("traces");
  for (const file of data.files("sched_*.jsonl", (name) => /(?:^|\/)sched_[^/]*\.jsonl$/.test(name))) {
    const trace = data.records(file, task);
    const ids = new Set(trace.map(({ id }) => id));
    if (ids.size < trace.length) throw new EvalFault("data", `${file}: an id stands there twice`);
    const runs = through(trace, engineOrder());
    const name = file.replace(/\.jsonl$/, "");
    out.records(
      `${name}.out.jsonl`,
      runs.map(({ id, waitMs, runMs, attempts, gapsMs, reason }) => ({ id, waitMs, runMs, attempts, gapsMs, reason })),
    );
    yield* compared(name, runs, through(trace, strict), through(trace, fifo));
  }
};

function through(trace: readonly TraceTask[], policy: Policy): readonly TaskRun[] {
  const { backoff } = configure({ env: {} }).config.tasks;
  const chance = new SeededEntropy(1);
  return runTrace(trace, policy, { workers: WORKERS, backoff, random: () => chance.random() });
}

/** The order of the engine: one agent for all, so that no task has an estimate of its own. */
function engineOrder(): Policy {
  let statistics = noStatistics;
  const candidate = ({ task: { id, prio }, sinceMs }: Queued): Candidate => ({
    id,
    priority: priorities[prio],
    sinceMs,
    agentId: undefined,
  });
  return {
    queued(queue, nowMs) {
      statistics = withPeak(statistics, queue.map(candidate), WORKERS, nowMs);
    },
    ran({ prio, run }) {
      statistics = recordRun(statistics, "agent", priorities[prio], run);
    },
    pick(queue, nowMs) {
      const pick = pickNext(queue.map(candidate), statistics, nowMs);
      if (pick === undefined) throw new Error("nothing was picked from a queue that is not empty");
      return { id: pick.id, reason: pick.rule };
    },
  };
}

function* compared(
  trace: string,
  ours: readonly TaskRun[],
  byPriority: readonly TaskRun[],
  byArrival: readonly TaskRun[],
): Iterable<Metric> {
  for (const prio of [0, 1, 2, 3] as const) {
    const waits = (runs: readonly TaskRun[]) =>
      spreadOf(runs.filter((run) => run.prio === prio).map(({ waitMs }) => waitMs));
    const [own, priority, arrival] = [waits(ours), waits(byPriority), waits(byArrival)];
    for (const what of ["p95", "max"] as const)
      yield {
        metric: `wait_ms.P${prio}.${what}.${trace}`,
        value: own?.[what] ?? null,
        n: own?.n ?? 0,
        beside: [
          { name: STRICT, value: priority?.[what] ?? null },
          { name: FIFO, value: arrival?.[what] ?? null },
        ],
        ...barOf(prio, what, priority?.p95, arrival?.max),
      };
  }
  const failed = ours.filter(({ attempts }) => attempts > 1);
  yield { metric: `retried.${trace}`, value: failed.length, n: ours.length };
}

const STRICT = "strict priority";
const FIFO = "first come, first served";

function barOf(
  prio: number,
  what: "p95" | "max",
  strictP95: number | undefined,
  fifoMax: number | undefined,
): Pick<Metric, "bar" | "note"> {
  if (prio === 0 && what === "p95" && strictP95 !== undefined)
    return { bar: { must: "at most", limit: rounded(1.05 * strictP95) }, note: `at most 5 % above ${STRICT}` };
  if (prio === 3 && what === "max" && fifoMax !== undefined)
    return { bar: { must: "at most", limit: rounded(1.1 * fifoMax) }, note: `at most 10 % above ${FIFO}` };
  return {};
}
