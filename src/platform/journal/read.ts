import type { AnyEvent } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import { follow, type JournalFiles } from "./follow.ts";
import { sayPlace } from "./walk.ts";

/**
 * The events of a journal in order, each checked against the chain before it is handed out. Changes nothing, and may be
 * used while an engine writes: a last line without its end is not there yet.
 *
 * @throws {AiosError} naming the first bad line: `journal.corrupt`, `journal.gap`, `journal.key`, `journal.format`
 */
export async function* readJournal(journal: JournalFiles): AsyncGenerator<AnyEvent, void, void> {
  for await (const steps of follow(journal))
    for (const step of steps) {
      if (step.kind === "bad") throw new AiosError(step.code, `${sayPlace(step.place)}: ${step.reason}`);
      if (step.kind === "torn") return;
      yield step.event;
    }
}
