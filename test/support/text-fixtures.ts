import { readFileSync } from "node:fs";

/** Messages that are all different failures, one a line. */
export function messagesApart(): readonly string[] {
  return read("apart.txt").split("\n");
}

/** Messages in blocks: those of one block are one failure, those of two blocks are two. */
export function messagesTogether(): readonly (readonly string[])[] {
  return read("together.txt")
    .split(/\n{2,}/)
    .map((block) => block.split("\n"));
}

function read(name: string): string {
  return readFileSync(new URL(`../fixtures/fingerprint/${name}`, import.meta.url), "utf8").trim();
}
