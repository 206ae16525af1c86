import type { RuleSet } from "../../domain/playbook/rules.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import { Backtest, type BacktestDeps } from "./backtest.ts";
import { RecordedDecisions } from "./record.ts";
import { type BacktestReport, type Range, reportOf } from "./report.ts";

/** How far it has come: reading what was decided, then deciding again. */
export type Progress = (done: { readonly stage: "reading" | "deciding"; readonly events: number }) => void;

/**
 * Decides about a journal's events once more.
 *
 * @param read gives the events from the first on, each time that it is called
 */
export async function runBacktest(
  read: () => AsyncIterable<AnyEvent>,
  rules: RuleSet,
  { range = {}, progress, ...deps }: BacktestDeps & { readonly range?: Range; readonly progress?: Progress },
): Promise<BacktestReport> {
  const record = new RecordedDecisions();
  for await (const event of read()) {
    record.note(event);
    progress?.({ stage: "reading", events: record.summary.events });
  }
  record.close();
  const backtest = new Backtest(deps, record, rules);
  let events = 0;
  for await (const event of read()) {
    // An engine may be writing it.
    if (event.sequence > record.summary.lastSequence) break;
    backtest.hear(event);
    progress?.({ stage: "deciding", events: ++events });
  }
  return reportOf(record, rules, backtest.comparisons(), range);
}
