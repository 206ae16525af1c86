import type { AnyEvent } from "../../events/envelope.ts";
import { AiosError } from "../../kernel/errors.ts";
import type { Files } from "../../kernel/files.ts";
import { Chain } from "./chain.ts";
import { readLines } from "./lines.ts";
import type { Sealer } from "./seal.ts";

/**
 * The events of a journal file in order, each checked against the chain before it is handed out. Changes nothing, and
 * may be used while an engine writes: a last line without its end is not there yet.
 *
 * @throws {AiosError} `journal.corrupt` naming the first bad line, `journal.format` for a newer version's file
 */
export async function* readJournal(files: Files, path: string, sealer: Sealer): AsyncGenerator<AnyEvent, void, void> {
  const chain = new Chain(sealer);
  let line = 0;
  for await (const { text, complete } of readLines(files, path)) {
    line++;
    if (!complete) return;
    const link = chain.follow(text);
    if (link.kind === "broken") throw new AiosError("journal.corrupt", `${path}, line ${line}: ${link.reason}`);
    if (link.kind === "newer")
      throw new AiosError("journal.format", `${path} has format ${link.format}, newer than this version reads`);
    yield link.event;
  }
}
