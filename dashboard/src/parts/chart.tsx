import { useEffect, useRef, useState } from "hono/jsx/dom";
import uPlot from "uplot";
import { timeOfDay } from "../format.ts";

export interface Line {
  readonly name: string;
  /** A colour of the page: `--accent`, `--bad`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
}

export interface ChartProps {
  readonly label: string;
  readonly atMs: readonly number[];
  readonly lines: readonly Line[];
  readonly format: (value: number | null) => string;
  readonly range?: readonly [number, number];
  /** Things that are counted: the axis names no halves. */
  readonly whole?: boolean;
  readonly height?: number;
}

/** Lines over time. What it shows is also said in words, for those who do not see it. */
export function Chart({ label, atMs, lines, format, range, whole = false, height = 180 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useTheme();
  const names = lines.map(({ name }) => name).join("|");
  const data: uPlot.AlignedData = [atMs.map((at) => at / 1000), ...lines.map(({ values }) => [...values])];

  useEffect(() => {
    const home = box.current;
    if (home === null) return;
    const made = new uPlot(optionsOf({ home, lines, format, range, whole, height }), data, home);
    plot.current = made;
    const newest = () => made.setLegend({ idx: made.data[0].length - 1 });
    newest();
    made.over.addEventListener("mouseleave", newest);
    const watcher = new ResizeObserver(() => {
      made.setSize({ width: home.clientWidth, height });
      newest();
    });
    watcher.observe(home);
    return () => {
      watcher.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [names, theme, height]);
  useEffect(() => {
    plot.current?.setData(data);
    plot.current?.setLegend({ idx: atMs.length - 1 });
  }, [atMs.length, atMs.at(-1), JSON.stringify(lines.map(({ values }) => values.at(-1)))]);

  const said = lines.map(({ name, values }) => `${name} ${format(values.at(-1) ?? null)}`).join(", ");
  return <div ref={box} class="chart" role="img" aria-label={`${label}: ${said}`} />;
}

interface Wish extends Pick<ChartProps, "lines" | "format"> {
  readonly home: HTMLElement;
  readonly range: readonly [number, number] | undefined;
  readonly whole: boolean;
  readonly height: number;
}

function optionsOf({ home, lines, format, range, whole, height }: Wish): uPlot.Options {
  const style = getComputedStyle(home);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color("--muted"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: home.clientWidth,
    height,
    legend: { live: true },
    cursor: { points: { size: 6 } },
    scales: {
      y: range === undefined ? { range: (_plot, _min, max) => [0, max > 0 ? max * 1.1 : 1] } : { range: [...range] },
    },
    axes: [
      { ...axis, space: 70, values: (_plot, splits) => splits.map((at) => tick(at, splits)) },
      {
        ...axis,
        ...(whole ? { incrs: WHOLE } : {}),
        size: 62,
        values: (_plot, splits) => splits.map((value) => format(value)),
      },
    ],
    series: [
      { label: "time", value: (_plot, at) => (at === null ? "" : timeOfDay(at * 1000)) },
      ...lines.map(
        (line): uPlot.Series => ({
          label: line.name,
          stroke: color(line.color),
          width: 2,
          spanGaps: true,
          points: { size: 5, show: (_plot, _series, from, to) => to - from < 40 },
          value: (_plot, value) => format(value),
        }),
      ),
    ],
  };
}

const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000];
const MINUTE_S = 60;

/** The time at a grid line, with seconds where the lines are less than a minute apart. */
function tick(at: number, splits: readonly number[]): string {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  return timeOfDay(at * 1000).slice(0, step < MINUTE_S ? undefined : 5);
}

/** Changes when the person switches between light and dark. */
function useTheme(): string {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const changed = () => setDark(query.matches);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, []);
  return dark ? "dark" : "light";
}
