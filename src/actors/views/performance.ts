import { type Spread, spreadOf } from "../../domain/spread.ts";
import { dispatcher } from "../../events/dispatch.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { inGroups, type Snapshot } from "../../kernel/checkpointed.ts";
import { anything, groupsOf, listOf, number, objectOf, optional, pairOf, row, text } from "../../kernel/shape.ts";
import { type Bottleneck, bottlenecksOf, type RunTime, type WaitTime } from "./bottlenecks.ts";
import { grouped } from "./grouped.ts";
import { Newest } from "./newest.ts";
import { Recent } from "./recent.ts";
import { refill, type View } from "./view.ts";

export interface PerformanceSettings {
  readonly windowMs: number;
  /** Measurements of one kind kept. */
  readonly capacity: number;
}

export const performanceSettings: PerformanceSettings = { windowMs: 3_600_000, capacity: 10_000 };

export interface PerformanceReading {
  readonly windowMs: number;
  /** How long attempts ran, milliseconds. */
  readonly responseMs: Spread | null;
  /** From being ready to run until running. Time spent backing off or waiting for another task does not count. */
  readonly waitMs: Spread | null;
  /** From the event that a playbook answered to its verified fix that held. */
  readonly fixMs: Spread | null;
  /** From that event to the chosen playbook. */
  readonly decideMs: Spread | null;
  /** Tasks that ended, per minute of the window that was observed; null before the first minute is over. */
  readonly throughputPerMinute: number | null;
  /** Minutes in which something ended, oldest first. */
  readonly series: {
    readonly atMs: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly p50Ms: number | null;
    readonly p95Ms: number | null;
  }[];
  readonly agents: {
    readonly agent: string;
    readonly responseMs: Spread | null;
    /** Succeeded among the tasks that ended in the window, each once by its last end; null when none ended. */
    readonly success: number | null;
    readonly n: number;
  }[];
  readonly events: number;
  /** Over the last full minute; null until one was observed. */
  readonly eventsPerSecond: number | null;
  readonly bottlenecks: Bottleneck[];
}

interface TaskEnd {
  readonly atMs: number;
  readonly task: string;
  readonly agent: string | undefined;
  readonly how: "succeeded" | "failed" | "cancelled";
}

interface Timed {
  readonly atMs: number;
  readonly ms: number;
}

const MINUTE_MS = 60_000;

const state = objectOf({
  runs: anything,
  waits: anything,
  ends: anything,
  decisions: anything,
  fixes: anything,
  readySince: groupsOf(pairOf(text, number)),
  perMinute: listOf(pairOf(number, number)),
  events: number,
  firstAtMs: optional(number),
});

/** How fast things go, from what was measured: nothing is estimated. */
export class PerformanceView implements View {
  readonly name = "performance";
  readonly version = 1;
  readonly mayBeginLate = true;
  readonly #settings: PerformanceSettings;
  readonly #runs: Recent<RunTime>;
  readonly #waits: Recent<WaitTime>;
  readonly #ends: Recent<TaskEnd>;
  readonly #decisions: Recent<Timed>;
  readonly #fixes = new Newest<Timed>({ capacity: 1_000 });
  /** Since when each task that does not run could. */
  readonly #readySince = new Map<string, number>();
  readonly #perMinute = new Map<number, number>();
  readonly #handle: (event: AnyEvent) => void;
  #events = 0;
  #firstAtMs: number | undefined;

  constructor(settings: PerformanceSettings = performanceSettings) {
    const { windowMs, capacity } = settings;
    this.#settings = settings;
    this.#runs = new Recent(windowMs, capacity);
    this.#waits = new Recent(windowMs, capacity);
    this.#ends = new Recent(windowMs, capacity);
    this.#decisions = new Recent(windowMs, capacity);
    this.#handle = this.#handlers();
  }

  apply(event: AnyEvent): void {
    this.#events++;
    this.#firstAtMs ??= event.at;
    const minute = Math.floor(event.at / MINUTE_MS);
    this.#perMinute.set(minute, (this.#perMinute.get(minute) ?? 0) + 1);
    if (this.#perMinute.size > 120)
      for (const old of [...this.#perMinute.keys()].slice(0, 60)) this.#perMinute.delete(old);
    this.#handle(event);
  }

  snapshot(): Snapshot {
    return {
      runs: this.#runs.snapshot(),
      waits: this.#waits.snapshot(),
      ends: this.#ends.snapshot(),
      decisions: this.#decisions.snapshot(),
      fixes: this.#fixes.snapshot(),
      readySince: inGroups([...this.#readySince]),
      perMinute: [...this.#perMinute],
      events: this.#events,
      firstAtMs: this.#firstAtMs,
    };
  }

  restore(value: unknown): void {
    const { runs, waits, ends, decisions, fixes, readySince, perMinute, events, firstAtMs } = state(value, this.name);
    this.#runs.restore(runs, row<RunTime>(), "performance.runs");
    this.#waits.restore(waits, row<WaitTime>(), "performance.waits");
    this.#ends.restore(ends, row<TaskEnd>(), "performance.ends");
    this.#decisions.restore(decisions, row<Timed>(), "performance.decisions");
    this.#fixes.restore(fixes, row<Timed>(), "performance.fixes");
    refill(this.#readySince, readySince);
    refill(this.#perMinute, perMinute);
    this.#events = events;
    this.#firstAtMs = firstAtMs;
  }

  read(nowMs: number): PerformanceReading {
    const runs = this.#runs.within(nowMs);
    const waits = this.#waits.within(nowMs);
    const ends = this.#ends.within(nowMs);
    const fixes = [...this.#fixes.values()].filter(({ atMs }) => atMs > nowMs - this.#settings.windowMs);
    const observedMs = Math.min(this.#settings.windowMs, nowMs - (this.#firstAtMs ?? nowMs));
    const lastEnds = new Map(ends.map((end) => [end.task, end])).values();
    const endsBy = grouped(lastEnds, ({ agent }) => agent);
    const runsBy = grouped(runs, ({ agent }) => agent);
    const agents = [...new Set([...runsBy.keys(), ...endsBy.keys()])].filter((agent) => agent !== undefined).sort();
    return {
      windowMs: this.#settings.windowMs,
      responseMs: spreadOf(runs.map(({ ms }) => ms)),
      waitMs: spreadOf(waits.map(({ ms }) => ms)),
      fixMs: spreadOf(fixes.map(({ ms }) => ms)),
      decideMs: spreadOf(this.#decisions.within(nowMs).map(({ ms }) => ms)),
      throughputPerMinute: observedMs < MINUTE_MS ? null : ends.length / (observedMs / MINUTE_MS),
      series: seriesOf(runs, ends),
      agents: agents.map((agent) => {
        const own = endsBy.get(agent) ?? [];
        const success = own.length === 0 ? null : own.filter(succeeded).length / own.length;
        return { agent, responseMs: spreadOf((runsBy.get(agent) ?? []).map(({ ms }) => ms)), success, n: own.length };
      }),
      events: this.#events,
      eventsPerSecond: this.#eventsPerSecond(nowMs),
      bottlenecks: bottlenecksOf(runs, waits),
    };
  }

  #eventsPerSecond(nowMs: number): number | null {
    const lastMinute = Math.floor(nowMs / MINUTE_MS) - 1;
    if (this.#firstAtMs === undefined || this.#firstAtMs > lastMinute * MINUTE_MS) return null;
    return (this.#perMinute.get(lastMinute) ?? 0) / 60;
  }

  #handlers(): (event: AnyEvent) => void {
    const ended = (task: string, atMs: number, agent: string | undefined, how: TaskEnd["how"]) => {
      this.#readySince.delete(task);
      this.#ends.push({ atMs, task, agent, how });
    };
    return dispatcher({
      "task.submitted": ({ data: { task }, at }) => {
        if (task.dependsOn.length === 0) this.#readySince.set(task.id, at);
      },
      "task.retried": ({ data, at }) => void this.#readySince.set(data.taskId, at),
      "task.started": ({ data: { taskId, agentId }, at }) => {
        const since = this.#readySince.get(taskId);
        this.#readySince.delete(taskId);
        if (since !== undefined) this.#waits.push({ atMs: at, agent: agentId, ms: Math.max(0, at - since) });
      },
      "task.attempt_failed": ({ data, at }) => {
        this.#runs.push({ atMs: at, agent: data.agentId, ms: data.durationMs, ok: false });
        if (data.retryAtMs !== undefined) this.#readySince.set(data.taskId, data.retryAtMs);
      },
      "task.succeeded": ({ data, at }) => {
        this.#runs.push({ atMs: at, agent: data.agentId, ms: data.durationMs, ok: true });
        ended(data.taskId, at, data.agentId, "succeeded");
      },
      "task.failed": ({ data, at }) => ended(data.taskId, at, data.agentId, "failed"),
      "task.cancelled": ({ data, at }) => ended(data.taskId, at, data.agentId, "cancelled"),
      "playbook.matched": ({ data, at }) => {
        if (data.via !== "manual") this.#decisions.push({ atMs: at, ms: Math.max(0, at - data.trigger.at) });
      },
      "playbook.settled": ({ data, at }) => {
        if (data.outcome === "fixed" && !data.rehearsed)
          this.#fixes.set(data.runId, { atMs: at, ms: Math.max(0, at - data.trigger.at) });
      },
      "playbook.relapsed": ({ data }) => this.#fixes.delete(data.runId),
    });
  }
}

function seriesOf(runs: readonly RunTime[], ends: readonly TaskEnd[]): PerformanceReading["series"] {
  const minuteOf = ({ atMs }: { readonly atMs: number }) => Math.floor(atMs / MINUTE_MS);
  const endsBy = grouped(ends, minuteOf);
  const runsBy = grouped(runs, minuteOf);
  const minutes = [...new Set([...endsBy.keys(), ...runsBy.keys()])].sort((a, b) => a - b);
  return minutes.map((minute) => {
    const own = endsBy.get(minute) ?? [];
    const spread = spreadOf((runsBy.get(minute) ?? []).map(({ ms }) => ms));
    return {
      atMs: minute * MINUTE_MS,
      succeeded: own.filter(succeeded).length,
      failed: own.filter(({ how }) => how === "failed").length,
      p50Ms: spread?.p50 ?? null,
      p95Ms: spread?.p95 ?? null,
    };
  });
}

function succeeded({ how }: TaskEnd): boolean {
  return how === "succeeded";
}
