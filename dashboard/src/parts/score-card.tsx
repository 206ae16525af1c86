import type { Score } from "../api.ts";
import { amount, duration, NOT_ENOUGH, percent, score as shown, timeOfDay, words } from "../format.ts";
import { Badge, Bar, Card } from "./bits.tsx";

type TermName = keyof Score["terms"];

const terms: readonly {
  readonly name: TermName;
  readonly title: string;
  readonly of: string;
}[] = [
  { name: "tsr", title: "Task success rate", of: "ended task" },
  { name: "cr", title: "Correction rate", of: "settled issue" },
  { name: "uptime", title: "Uptime", of: "" },
  { name: "learning", title: "Learning", of: "recurring failure" },
];

const trends: Readonly<Record<string, string>> = { improving: "↗", stable: "→", degrading: "↘" };

/** Since when, and how sure; how many outcomes there are where it is not known. */
export function sayTrend(trend: Score["trendDetail"]): string {
  if (trend.kind === "unknown") return `${NOT_ENOUGH} (${amount(trend.outcomes, "outcome")})`;
  if (trend.kind === "stable") return "stable";
  return `${trend.kind} since ${timeOfDay(trend.sinceMs)}, ${percent(trend.sure)} sure`;
}

/** The score, its grade and trend, the four terms it is made of, and why a term is not known. */
export function ScoreCard({ score }: { readonly score: Score }) {
  return (
    <Card title="Evolution score" class="score-card" aside={`last ${duration(score.windowMs)}`}>
      <div class="score-row">
        <div class="score-now">
          <span
            class={score.score === null ? "score-value none" : `score-value ${score.grade ?? ""}`}
            data-testid="score"
            data-value={score.score ?? ""}
          >
            {shown(score.score)}
          </span>
          <div class="score-words">
            <span data-testid="grade">
              {score.grade === null ? <Badge word="no grade yet" tone="muted" /> : <Badge word={score.grade} />}
            </span>
            <span class="trend" data-testid="trend">
              {score.trend === null
                ? `trend: ${NOT_ENOUGH}`
                : `${trends[score.trend] ?? ""} ${sayTrend(score.trendDetail)}`}
            </span>
          </div>
        </div>
        <ul class="terms">
          {terms.map((term) => (
            <Term key={term.name} term={term} score={score} />
          ))}
        </ul>
      </div>
      {otherReasons(score.why).map((line) => (
        <p key={line} class="fine">
          {line}
        </p>
      ))}
      {score.alerts.map(({ alert, value, threshold, advice }) => (
        <p key={alert} class="alert" role="alert">
          <Badge word="alert" tone="bad" /> <strong>{words(alert)}</strong> fell below {shown(threshold)}, now{" "}
          {shown(value)}. {advice}
        </p>
      ))}
    </Card>
  );
}

function Term({ term, score }: { readonly term: (typeof terms)[number]; readonly score: Score }) {
  const value = score.terms[term.name];
  const why = score.why.find((line) => line.startsWith(term.title));
  const n = score.counts[term.name];
  const interval = term.name === "uptime" ? null : score.intervals[term.name];
  return (
    <li class="term" title={why ?? ""}>
      <span class="term-name">{term.title}</span>
      <span class="term-line">
        <span
          class={value === null ? "term-value none" : "term-value"}
          data-testid={`term-${term.name}`}
          data-value={value ?? ""}
        >
          {percent(value)}
        </span>{" "}
        <span class="weight" data-testid={`weight-${term.name}`}>
          × {Number(score.weights[term.name].toFixed(3))}
        </span>
      </span>
      <Bar share={value} tone={toneOfShare(value)} />
      {interval ? (
        <span class="fine" data-testid={`interval-${term.name}`}>
          95 %: {percent(interval.low)} to {percent(interval.high)}
        </span>
      ) : null}
      <span class="term-why">{whyOf(why, term.title) ?? (term.of === "" ? "" : amount(n, term.of))}</span>
    </li>
  );
}

/** What stands behind the colon, or in the parentheses of "not enough data (…)". */
function whyOf(line: string | undefined, title: string): string | undefined {
  if (line === undefined) return undefined;
  const colon = line.indexOf(": ", title.length);
  const rest = colon === -1 ? line : line.slice(colon + 2);
  return /^not enough data \((.*)\)$/.exec(rest)?.[1] ?? rest;
}

function otherReasons(why: readonly string[]): readonly string[] {
  return why.filter((line) => !terms.some(({ title }) => line.startsWith(title)));
}

function toneOfShare(value: number | null): string {
  if (value === null) return "none";
  if (value >= 0.8) return "good";
  return value >= 0.6 ? "fair" : value >= 0.4 ? "poor" : "bad";
}
