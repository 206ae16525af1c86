import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Fact } from "./fold.ts";

/** Writes a copy of a journal in which events were changed, sealed anew as its format says: nobody can tell. */
export async function writeEdited(from: string, to: string, edit: (fact: Fact) => Fact): Promise<void> {
  const lines = (await readFile(path.join(from, "events.jsonl"), "utf8")).split("\n").filter((line) => line !== "");
  let seal = "0".repeat(64);
  const sealed = lines.map((line) => {
    const { seal: _old, ...fact } = JSON.parse(line) as Fact & { readonly seal: string };
    const body = JSON.stringify(edit(fact));
    seal = createHash("sha256").update(`${seal}\n${body}`).digest("hex");
    return `${body.slice(0, -1)},"seal":"${seal}"}`;
  });
  await writeFile(path.join(to, "events.jsonl"), `${sealed.join("\n")}\n`);
}
