import type { RuleSet } from "../../domain/playbook/rules.ts";
import type { AnyEvent } from "../../events/envelope.ts";
import type { Glimpse } from "../../events/glimpse.ts";
import { Backtest, type BacktestDeps } from "./backtest.ts";
import { RecordedDecisions } from "./record.ts";
import { type BacktestReport, type Range, reportOf } from "./report.ts";

/** How far it has come: reading what was decided, then deciding again. */
export type Progress = (done: { readonly stage: "reading" | "deciding"; readonly events: number }) => void;

/** A journal that is read twice, each time from its first event on and many events at once. */
export interface Recorded {
  /** Verifies it. Gives the events of these types whole, and of the others where they stand. */
  readonly sift: (types: ReadonlySet<string>) => AsyncIterable<readonly (AnyEvent | Glimpse)[]>;
  /** Every event whole, after it was verified. */
  readonly again: () => AsyncIterable<readonly AnyEvent[]>;
}

/** Decides about a journal's events once more. */
export async function runBacktest(
  { sift, again }: Recorded,
  rules: RuleSet,
  { range = {}, progress, ...deps }: BacktestDeps & { readonly range?: Range; readonly progress?: Progress },
): Promise<BacktestReport> {
  const record = new RecordedDecisions();
  for await (const group of sift(record.types)) {
    for (const event of group) record.note(event);
    progress?.({ stage: "reading", events: record.summary.events });
  }
  record.close();
  const backtest = new Backtest(deps, record, rules);
  let events = 0;
  for await (const group of again()) {
    // An engine may be writing it.
    const known = group.filter(({ sequence }) => sequence <= record.summary.lastSequence);
    for (const event of known) backtest.hear(event);
    events += known.length;
    progress?.({ stage: "deciding", events });
    if (known.length < group.length) break;
  }
  return reportOf(record, rules, backtest.comparisons(), range);
}
