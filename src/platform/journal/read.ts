import type { AnyEvent } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import { follow, type JournalFiles } from "./follow.ts";
import { type Reading, wholeEvents } from "./reading.ts";
import { sayPlace } from "./walk.ts";

/**
 * The events of a journal in order, each checked against the chain before it is handed out. Changes nothing, and may be
 * used while an engine writes: a last line without its end is not there yet.
 *
 * @throws {AiosError} naming the first bad line: `journal.corrupt`, `journal.gap`, `journal.key`, `journal.format`
 */
export async function* readJournal(journal: JournalFiles): AsyncGenerator<AnyEvent, void, void> {
  for await (const events of readGroups(journal, wholeEvents)) for (const event of events) yield event;
}

/** As `readJournal`, what a reading makes of the lines, many at once: waiting for each costs more than some need of it. */
export async function* readGroups<E extends { readonly sequence: number }>(
  journal: JournalFiles,
  reading: Reading<E>,
): AsyncGenerator<readonly E[], void, void> {
  for await (const steps of follow(journal, reading)) {
    const [first] = steps;
    // What is no event comes alone.
    if (first?.kind === "bad") throw new AiosError(first.code, `${sayPlace(first.place)}: ${first.reason}`);
    if (first?.kind === "torn") return;
    const events: E[] = [];
    for (const step of steps) if (step.kind === "event") events.push(step.event);
    yield events;
  }
}
