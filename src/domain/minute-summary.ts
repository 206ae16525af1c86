/** What a sensor read at one moment. A value that could not be measured is absent, never 0. */
export interface Sample {
  readonly atMs: number;
  readonly cpuPercent?: number | undefined;
  readonly memoryPercent?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly diskPercent?: number | undefined;
  readonly gpuPercent?: number | undefined;
}

/** One minute of samples: means, and the highest CPU value. What was never measured in it is absent. */
export interface MinuteSummary {
  readonly samples: number;
  /** Readings that were no numbers; no mean holds them. Absent where there was none. */
  readonly unreadable?: number;
  readonly cpuPercent?: number;
  readonly cpuPeakPercent?: number;
  readonly memoryPercent?: number;
  readonly memoryMiB?: number;
  readonly diskPercent?: number;
  readonly gpuPercent?: number;
}

const measures = ["cpuPercent", "memoryPercent", "memoryMiB", "diskPercent", "gpuPercent"] as const;
type Measure = (typeof measures)[number];

const MINUTE_MS = 60_000;
/** Below these changes an agent's summary says nothing new. */
const NEWS: Readonly<Record<Measure, number>> = {
  cpuPercent: 1,
  memoryPercent: 1,
  memoryMiB: 8,
  diskPercent: 1,
  gpuPercent: 1,
};

/** The minute being gathered. A plain value: keep it, hand it back with the next sample. */
export interface OpenMinute {
  readonly minute: number;
  readonly samples: number;
  readonly unreadable: number;
  readonly sums: Readonly<Partial<Record<Measure, { readonly sum: number; readonly n: number }>>>;
  readonly cpuPeak?: number;
}

export interface MinuteStep {
  readonly open: OpenMinute;
  /** The minute that this sample closed by belonging to another one. */
  readonly closed?: MinuteSummary;
}

/** Adds a sample to its minute of the clock. A minute without samples leaves no summary. */
export function addSample(open: OpenMinute | undefined, sample: Sample): MinuteStep {
  const minute = Math.floor(sample.atMs / MINUTE_MS);
  if (open === undefined || open.minute === minute) return { open: added(open ?? emptyMinute(minute), sample) };
  return { open: added(emptyMinute(minute), sample), closed: summarise(open) };
}

export function summarise(open: OpenMinute): MinuteSummary {
  const means = measures.flatMap((measure) => {
    const total = open.sums[measure];
    return total === undefined ? [] : [[measure, tenths(total.sum / total.n)] as const];
  });
  const peak = open.cpuPeak === undefined ? {} : { cpuPeakPercent: tenths(open.cpuPeak) };
  const unreadable = open.unreadable === 0 ? {} : { unreadable: open.unreadable };
  return { samples: open.samples, ...unreadable, ...Object.fromEntries(means), ...peak };
}

/** Whether a summary differs from the last one told by enough to be told. */
export function isNews(before: MinuteSummary | undefined, now: MinuteSummary): boolean {
  if (before === undefined || before.unreadable !== now.unreadable) return true;
  return measures.some((measure) => {
    const was = before[measure];
    const is = now[measure];
    if (was === undefined || is === undefined) return was !== is;
    return Math.abs(is - was) >= NEWS[measure];
  });
}

function emptyMinute(minute: number): OpenMinute {
  return { minute, samples: 0, unreadable: 0, sums: {} };
}

function added(open: OpenMinute, sample: Sample): OpenMinute {
  const sums = { ...open.sums };
  let unreadable = open.unreadable;
  for (const measure of measures) {
    const value = sample[measure];
    if (value === undefined) continue;
    if (!Number.isFinite(value)) {
      unreadable++;
      continue;
    }
    const { sum, n } = sums[measure] ?? { sum: 0, n: 0 };
    sums[measure] = { sum: sum + value, n: n + 1 };
  }
  const cpu = sample.cpuPercent;
  const peak = cpu === undefined || !Number.isFinite(cpu) ? open.cpuPeak : Math.max(cpu, open.cpuPeak ?? cpu);
  const { minute, samples } = open;
  return { minute, samples: samples + 1, unreadable, sums, ...(peak === undefined ? {} : { cpuPeak: peak }) };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
