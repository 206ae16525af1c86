import type { AnyEvent } from "../../events/envelope.ts";
import type { JournalPosition } from "../../events/journal.ts";
import { AiosError } from "../../kernel/errors.ts";
import { follow, type JournalFiles } from "./follow.ts";
import { type Reading, wholeEvents } from "./reading.ts";
import { type Step, sayPlace, walk } from "./walk.ts";

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
export function readGroups<E extends { readonly sequence: number }>(
  journal: JournalFiles,
  reading: Reading<E>,
): AsyncGenerator<readonly E[], void, void> {
  return eventsOf(follow(journal, reading));
}

/**
 * As `readJournal`, only what comes after a position, of a journal that nobody writes.
 *
 * @throws {AiosError} also where that is no position of this journal: `journal.behind`, `journal.diverged`, `journal.released`
 */
export async function* readAfter(
  { files, sealer, list }: JournalFiles,
  after: JournalPosition,
): AsyncGenerator<AnyEvent, void, void> {
  const steps = walk({ files, sealer, segments: await list(), reading: wholeEvents, after });
  for await (const events of eventsOf(steps)) for (const event of events) yield event;
}

async function* eventsOf<E extends { readonly sequence: number }>(
  found: AsyncIterable<readonly Step<E>[]>,
): AsyncGenerator<readonly E[], void, void> {
  for await (const steps of found) {
    const [first] = steps;
    // What is no event comes alone.
    if (first?.kind === "bad") throw new AiosError(first.code, `${sayPlace(first.place)}: ${first.reason}`);
    if (first?.kind === "torn") return;
    const events: E[] = [];
    for (const step of steps) if (step.kind === "event") events.push(step.event);
    yield events;
  }
}
