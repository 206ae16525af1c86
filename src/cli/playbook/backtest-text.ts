import type { Comparison } from "../../runtime/backtest/backtest.ts";
import { type BacktestReport, type Counts, differs, type PlaybookLine } from "../../runtime/backtest/report.ts";
import { sayMoment } from "../say.ts";
import { bullets, details, section, table } from "../table.ts";
import type { Paint } from "../terminal.ts";

/** So many decisions are shown; `--json` has them all. */
const SHOWN = 200;

const standings = {
  in_force: "as loaded then",
  partly: "as loaded for a part of the time",
  changed: "changed",
  new: "new",
  missing: "not given",
} as const satisfies Record<PlaybookLine["standing"], string>;

/** What a backtest found, for a person. */
export function sayBacktest(
  file: string,
  report: BacktestReport,
  { all, paint }: { readonly all: boolean; readonly paint: Paint },
): string {
  const { decisions, playbooks, events, fromMs, untilMs, assumptions } = report;
  const other = decisions.filter(differs);
  const head = details(
    [
      ["journal", file],
      ["events", events],
      ["from", events === 0 ? undefined : sayMoment(fromMs)],
      ["to", events === 0 ? undefined : sayMoment(untilMs)],
      ["decisions", decisions.length],
      ["otherwise", other.length, other.length === 0 ? "green" : "yellow"],
    ],
    paint,
  );
  const told = playbooks.filter(({ recorded, replayed }) => sum(recorded) + sum(replayed) > 0);
  const chosen = (all ? decisions : other).slice(0, SHOWN);
  const left = (all ? decisions : other).length - chosen.length;
  const more = left === 0 ? "" : `${left} more: --json has them all\n`;
  return [
    head,
    section("Playbooks", told.length === 0 ? "" : table(told, playbookColumns, paint), paint),
    section(
      all ? "Decisions" : "Decided otherwise",
      chosen.length === 0 ? "" : `${table(chosen, columns, paint)}${more}`,
      paint,
    ),
    section("What this takes for granted", bullets(assumptions), paint),
  ].join("");
}

const playbookColumns = [
  { title: "PLAYBOOK", of: ({ id }: PlaybookLine) => id },
  { title: "GIVEN", of: ({ standing }: PlaybookLine) => standings[standing] },
  { title: "FIRED THEN", of: ({ recorded }: PlaybookLine) => recorded.run, right: true },
  { title: "NOW", of: ({ replayed }: PlaybookLine) => replayed.run, right: true },
  { title: "HELD BACK THEN", of: ({ recorded }: PlaybookLine) => recorded.suppressed + recorded.refused, right: true },
  { title: "NOW", of: ({ replayed }: PlaybookLine) => replayed.suppressed + replayed.refused, right: true },
];

const columns = [
  { title: "EVENT", of: ({ event }: Comparison) => event.sequence, right: true },
  { title: "AT", of: ({ event }: Comparison) => sayMoment(event.atMs) },
  { title: "TYPE", of: ({ event }: Comparison) => event.type, most: 32 },
  { title: "PLAYBOOK", of: ({ playbookId }: Comparison) => playbookId, most: 40 },
  { title: "TARGET", of: ({ target }: Comparison) => target, most: 40 },
  {
    title: "THEN",
    of: ({ recorded, cutOff }: Comparison) => (cutOff === true ? "the engine ended" : sayVerdict(recorded)),
  },
  {
    title: "NOW",
    of: ({ replayed, otherwise }: Comparison) => `${sayVerdict(replayed)}${otherwise === true ? ", otherwise" : ""}`,
  },
];

function sayVerdict(verdict: Comparison["replayed"]): string {
  if (verdict === undefined) return "nothing";
  if (verdict.kind === "run") return verdict.asks === true ? "fires, and asks" : "fires";
  return `${verdict.kind === "suppressed" ? "held back" : "refused"}: ${verdict.reason ?? ""}`;
}

function sum({ run, suppressed, refused }: Counts): number {
  return run + suppressed + refused;
}
