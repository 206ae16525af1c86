/** What a detection is worth: Lavin and Ahmad, Evaluating real-time anomaly detection algorithms (ICMLA 2015). */
export interface Profile {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
}

export const profiles = {
  standard: { truePositive: 1, falsePositive: 0.11, falseNegative: 1 },
  lowFalsePositives: { truePositive: 1, falsePositive: 0.22, falseNegative: 1 },
} as const satisfies Readonly<Record<string, Profile>>;

/** A labelled series: times of its samples in the order of the file, and the windows in which an alert is right. */
export interface LabelledSeries {
  readonly times: readonly number[];
  /** So many samples at the begin are not judged. */
  readonly probation: number;
  /** First and last time of each window, in order. */
  readonly windows: readonly (readonly [first: number, last: number])[];
}

export interface NabScore {
  readonly raw: number;
  readonly windows: number;
  readonly found: number;
  readonly falseAlerts: number;
}

/**
 * Scores alert times. The first alert of a window counts, the more the earlier it comes; an alert outside costs the
 * less the nearer it follows a window.
 */
export function nabScore(series: LabelledSeries, alerts: readonly number[], profile: Profile): NabScore {
  const places = series.windows.map(([first, last]) => ({
    from: series.times.indexOf(first),
    to: series.times.indexOf(last),
  }));
  const best = places.map(() => -profile.falseNegative);
  let falsePositives = 0;
  let falseAlerts = 0;
  for (const at of placesOf(alerts, series.times)) {
    if (at < series.probation) continue;
    const inside = places.findIndex(({ from, to }) => at >= from && at <= to);
    const window = places[inside];
    if (window !== undefined) {
      const position = -(window.to - at + 1) / (window.to - window.from + 1);
      const worth = (sigmoid(position) / sigmoid(-1)) * profile.truePositive;
      best[inside] = Math.max(best[inside] ?? 0, worth);
      continue;
    }
    const previous = places.findLast(({ to }) => to < at);
    const worth = previous === undefined ? -1 : sigmoid((at - previous.to) / (previous.to - previous.from));
    falsePositives += worth * profile.falsePositive;
    falseAlerts++;
  }
  const found = best.filter((worth) => worth !== -profile.falseNegative).length;
  return {
    raw: best.reduce((sum, worth) => sum + worth, falsePositives),
    windows: places.length,
    found,
    falseAlerts,
  };
}

/** From what a detector scores that never speaks (0) to what a perfect one does (100). Null without a window. */
export function normalised(scores: readonly NabScore[], profile: Profile): number | null {
  const windows = scores.reduce((sum, score) => sum + score.windows, 0);
  if (windows === 0) return null;
  const raw = scores.reduce((sum, score) => sum + score.raw, 0);
  return (100 * (raw + windows * profile.falseNegative)) / (windows * (profile.truePositive + profile.falseNegative));
}

/** Where in the file each alert stands. A time that stands there twice is taken twice only when it is alerted twice. */
function placesOf(alerts: readonly number[], times: readonly number[]): readonly number[] {
  const left = new Map<number, number>();
  for (const alert of alerts) left.set(alert, (left.get(alert) ?? 0) + 1);
  return times.flatMap((time, place) => {
    const count = left.get(time) ?? 0;
    if (count === 0) return [];
    left.set(time, count - 1);
    return [place];
  });
}

function sigmoid(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
