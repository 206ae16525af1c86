import type { Score, ScorePoint } from "../answers.ts";
import { connect, read, readList } from "../client.ts";
import { type Call, type Command, type Group, tell } from "../command.ts";
import { sayDuration } from "../duration.ts";
import { limitOf, limitOption, tellList } from "../listing.ts";
import { NO_DATA, sayAge, sayNumber, sayShare, sayWhen } from "../say.ts";
import { bullets, type Column, details, section, table } from "../table.ts";
import type { Colour, Paint } from "../terminal.ts";
import { standings } from "./standings.ts";
import { sayTrend } from "./trend-text.ts";

const show: Command = {
  name: "show",
  summary: "Show the evolution score with its terms, or why there is none yet",
  examples: ["aios score", "aios score --json"],
  run: showScore,
};

const history: Command = {
  name: "history",
  summary: "List how the score moved, newest first",
  options: { limit: limitOption },
  examples: ["aios score history --limit 10"],
  run: listPoints,
};

export const score: Group = {
  name: "score",
  summary: "Look at how well the engine and its agents do",
  usual: "show",
  commands: [show, history, standings],
};

const terms = {
  tsr: { says: "tasks that succeeded", of: "tasks" },
  cr: { says: "problems that were fixed", of: "runs and incidents" },
  uptime: { says: "time the engine was ready", of: "seconds" },
  learning: { says: "repeated failures with a proven lesson", of: "failures" },
} as const;
const termNames = ["tsr", "cr", "uptime", "learning"] as const;

const grades: Readonly<Record<NonNullable<Score["grade"]>, Colour>> = {
  excellent: "green",
  good: "green",
  degraded: "yellow",
  critical: "red",
};

function sayScore(view: Score, nowMs: number, paint: Paint): string {
  const { score: scoreInterval } = view.intervals;
  const rows = termNames.map((name) => ({
    name,
    ...terms[name],
    value: view.terms[name],
    interval: name === "uptime" ? undefined : view.intervals[name],
    weight: view.weights[name],
    n: view.counts[name],
  }));
  type Row = (typeof rows)[number];
  const columns: readonly Column<Row>[] = [
    { title: "TERM", of: ({ name }) => name },
    { title: "VALUE", of: ({ value }) => sayShare(value), right: true },
    { title: "95 %", of: ({ interval }) => sayInterval(interval), right: true },
    { title: "WEIGHT", of: ({ weight }) => Number(weight.toFixed(3)), right: true },
    { title: "COUNTED FROM", of: ({ n, of }) => `${n} ${of}` },
    { title: "WHAT", of: ({ says }) => says },
  ];
  const alerts = view.alerts.map(
    ({ alert, value, threshold, advice }) => `${alert}: ${sayNumber(value)} is below ${threshold}. ${advice}`,
  );
  return [
    details(
      [
        ["score", sayNumber(view.score), view.grade === null ? undefined : grades[view.grade]],
        [
          "95 %",
          scoreInterval === null ? undefined : `${sayNumber(scoreInterval.low)} to ${sayNumber(scoreInterval.high)}`,
        ],
        ["grade", view.grade ?? NO_DATA],
        ["trend", sayTrend(view.trendDetail, nowMs)],
        ["window", sayDuration(view.windowMs)],
        ["weights", view.adaptsWeights ? "follow what foretells best (score.adaptWeights)" : "fixed"],
        ["as of", sayWhen(view.atMs, nowMs)],
      ],
      paint,
    ),
    section("Terms", table(rows, columns, paint), paint),
    section("Why", bullets(view.why), paint),
    section("Alerts", bullets(alerts), paint),
  ].join("");
}

const pointColumns = (nowMs: number): readonly Column<ScorePoint>[] => [
  { title: "SEQUENCE", of: ({ sequence }) => sequence, right: true },
  { title: "WHEN", of: ({ atMs }) => sayAge(atMs, nowMs) },
  { title: "SCORE", of: (point) => sayNumber(point.score), right: true },
  { title: "GRADE", of: ({ grade }) => grade ?? undefined },
  { title: "TREND", of: ({ trend }) => trend ?? undefined },
  ...termNames.map(
    (name): Column<ScorePoint> => ({
      title: name.toUpperCase(),
      of: (point) => sayShare(point.terms[name]),
      right: true,
    }),
  ),
];

async function showScore(call: Call): Promise<number> {
  const { api } = await connect(call);
  const view = await read(api.score.$get());
  return tell(call, view, () => sayScore(view, Date.now(), call.terminal.paint));
}

async function listPoints(call: Call): Promise<number> {
  const limit = limitOf(call);
  const { api } = await connect(call);
  const page = await readList(limit, (query) => api.score.history.$get({ query }));
  return tellList(call, page, pointColumns(Date.now()), "The score has not moved yet: not enough data.");
}

function sayInterval(interval: Score["intervals"]["tsr"] | undefined): string | undefined {
  return interval ? `${sayShare(interval.low)} to ${sayShare(interval.high)}` : undefined;
}
