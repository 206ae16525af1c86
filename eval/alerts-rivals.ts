import type { Sample } from "./nab-series.ts";

const BEFORE = 256;
const DEVIATIONS = 4;
const PAUSE = 72;

/** What one would write first: an alert for what is far from the mean of the last values, then a pause. */
export function zScoreAlerts(samples: readonly Sample[]): readonly number[] {
  const alerts: number[] = [];
  const before: number[] = [];
  let quietUntil = 0;
  samples.forEach(({ epoch, value }, n) => {
    if (!Number.isFinite(value)) return;
    if (before.length >= 30 && n >= quietUntil) {
      const mean = before.reduce((sum, each) => sum + each, 0) / before.length;
      const deviation = Math.sqrt(before.reduce((sum, each) => sum + (each - mean) ** 2, 0) / before.length);
      if (Math.abs(value - mean) > DEVIATIONS * deviation) {
        alerts.push(epoch);
        quietUntil = n + PAUSE;
      }
    }
    before.push(value);
    if (before.length > BEFORE) before.shift();
  });
  return alerts;
}
