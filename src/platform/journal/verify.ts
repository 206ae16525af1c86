import type { Files } from "../../kernel/files.ts";
import { Chain } from "./chain.ts";
import { readLines } from "./lines.ts";
import type { Sealer } from "./seal.ts";

export type Verdict =
  | { readonly ok: true; readonly lines: number; readonly lastSequence: number; readonly seal: string }
  | {
      readonly ok: false;
      readonly lines: number;
      readonly line: number;
      readonly byte: number;
      readonly reason: string;
      /** The file ends inside its last line: cut off, or just being written. */
      readonly torn: boolean;
    };

/** Checks every seal and every number of a journal file and names the first bad line (counted from 1). */
export async function verifyJournal(files: Files, path: string, sealer: Sealer): Promise<Verdict> {
  const chain = new Chain(sealer);
  let lines = 0;
  for await (const line of readLines(files, path)) {
    lines++;
    const bad = (reason: string, torn = false): Verdict => ({
      ok: false,
      lines,
      line: lines,
      byte: line.start,
      reason,
      torn,
    });
    if (!line.complete) return bad("the last line is torn: it has no end", true);
    const link = chain.follow(line.text);
    if (link.kind === "broken") return bad(link.reason);
    if (link.kind === "newer") return bad(`format ${link.format} is newer than this version reads`);
  }
  return { ok: true, lines, lastSequence: chain.sequence, seal: chain.seal };
}
