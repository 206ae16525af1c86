/** One metric with its present values, as Prometheus knows them. Names carry their unit: `aios_task_seconds`. */
export type Metric =
  | {
      readonly kind: "counter" | "gauge";
      readonly name: string;
      readonly help: string;
      readonly values: readonly { readonly labels?: Labels; readonly value: number }[];
    }
  | {
      readonly kind: "histogram";
      readonly name: string;
      readonly help: string;
      readonly values: readonly HistogramValue[];
    };

export type Labels = Readonly<Record<string, string>>;

export interface HistogramValue {
  readonly labels?: Labels;
  /** Observations of at most `le`, counted cumulatively, in rising order of `le`; `+Inf` is added from `count`. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

/** The Prometheus text format, version 0.0.4. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(lines).join("");
}

function lines(metric: Metric): string {
  const head = `# HELP ${metric.name} ${escapeHelp(metric.help)}\n# TYPE ${metric.name} ${metric.kind}\n`;
  if (metric.kind === "histogram") return head + metric.values.map((value) => histogram(metric.name, value)).join("");
  return head + metric.values.map(({ labels, value }) => sample(metric.name, labels, value)).join("");
}

function histogram(name: string, value: HistogramValue): string {
  const bucket = (le: string, count: number) => sample(`${name}_bucket`, { ...value.labels, le }, count);
  return (
    value.buckets.map(({ le, count }) => bucket(text(le), count)).join("") +
    bucket("+Inf", value.count) +
    sample(`${name}_sum`, value.labels, value.sum) +
    sample(`${name}_count`, value.labels, value.count)
  );
}

function sample(name: string, labels: Labels | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([key, label]) => `${key}="${escapeLabel(label)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${text(value)}\n`;
}

function text(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

const escapeHelp = (help: string) => help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const escapeLabel = (label: string) => escapeHelp(label).replaceAll('"', '\\"');
