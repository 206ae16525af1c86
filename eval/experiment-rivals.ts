/** What was decided about a change. */
export type Verdict = "keep" | "rollback" | "inconclusive";

interface Outcomes {
  readonly control: readonly (0 | 1)[];
  readonly candidate: readonly (0 | 1)[];
}

/** What one would write first: after every block, whether the posterior says with .95 that one arm is the better one. */
export function eagerVerdict({ control, candidate }: Outcomes): Verdict {
  let wins = 0;
  let rivals = 0;
  for (let n = 1; n <= control.length; n++) {
    wins += candidate[n - 1] ?? 0;
    rivals += control[n - 1] ?? 0;
    const better = chanceOfBetter(wins, rivals, n);
    if (better > 0.95) return "keep";
    if (better < 0.05) return "rollback";
  }
  return "inconclusive";
}

/** Chance that the candidate's rate is the higher one, Beta posteriors from uniform priors in normal approximation. */
function chanceOfBetter(wins: number, rivals: number, n: number): number {
  const mean = (successes: number) => (successes + 1) / (n + 2);
  const variance = (successes: number) => (mean(successes) * (1 - mean(successes))) / (n + 3);
  return normal((mean(wins) - mean(rivals)) / Math.sqrt(variance(wins) + variance(rivals)));
}

/** Abramowitz and Stegun 26.2.17, to seven digits. */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return z >= 0 ? 1 - tail : tail;
}

/** The sign test, looked at once after the last block, with the same errors that the trial may make. */
export function oneLookVerdict({ control, candidate }: Outcomes): Verdict {
  let won = 0;
  let lost = 0;
  control.forEach((outcome, n) => {
    if (outcome < (candidate[n] ?? 0)) won++;
    else if (outcome > (candidate[n] ?? 0)) lost++;
  });
  if (atMost(won, won + lost) <= 0.03) return "rollback";
  return atMost(lost, won + lost) <= 0.015 ? "keep" : "inconclusive";
}

/** Chance of at most `heads` heads in `tosses` tosses of a fair coin. */
function atMost(heads: number, tosses: number): number {
  let chance = 0.5 ** tosses;
  let sum = chance;
  for (let k = 1; k <= heads; k++) {
    chance *= (tosses - k + 1) / k;
    sum += chance;
  }
  return sum;
}
