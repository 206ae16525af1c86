import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { errnoOf } from "../errno.ts";

/** A file of the data directory, read whole: these are replaced by their owners, never changed in place. */
export interface DataFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const NEWLINE = 0x0a;
const CHECKPOINT = /^checkpoints\/checkpoint-(\d+)\.jsonl$/;
const SEQUENCE = /"sequence":(\d+)/;
const TRIES = 20;

/**
 * Everything of a data directory that a backup carries beside the journal and its checkpoint: anchors up to `sequence`,
 * memory, outputs, the hashes of tokens, and the kill switch, so that what was paused stays paused. The operator's own
 * token only when `secrets` are wanted. Locks, addresses, agents' working directories and what can be rebuilt are left out.
 */
export async function* dataFiles(
  directory: string,
  { sequence, secrets }: { readonly sequence: number; readonly secrets: boolean },
): AsyncGenerator<DataFile, void, void> {
  for (const name of ["data.json", "tokens.json", "PAUSE", ...(secrets ? ["operator.token"] : [])])
    yield* present(name, await whole(directory, name));
  const anchors = await whole(directory, "anchors.jsonl");
  if (anchors !== undefined) yield { name: "anchors.jsonl", bytes: linesUpTo(anchors, sequence) };
  yield* memoryFiles(directory);
  for (const name of await inside(directory, "outputs")) yield* present(name, await whole(directory, name));
}

/**
 * The newest checkpoint that holds no later event. To be asked for at once: the engine keeps few, and where retention gave
 * older segments up, the journal cannot be read without one.
 */
export async function checkpointUpTo(directory: string, sequence: number): Promise<DataFile | undefined> {
  const numbers = (await inside(directory, "checkpoints"))
    .map((name) => Number(CHECKPOINT.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => number <= sequence)
    .sort((a, b) => b - a);
  for (const number of numbers) {
    const name = `checkpoints/checkpoint-${number}.jsonl`;
    const bytes = await whole(directory, name);
    if (bytes !== undefined) return { name, bytes };
  }
  return undefined;
}

function* present(name: string, bytes: Uint8Array | undefined): Generator<DataFile, void, void> {
  if (bytes !== undefined) yield { name, bytes };
}

async function whole(directory: string, name: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path.join(directory, name));
  } catch (failure) {
    // It was removed since it was listed, or was never there.
    if (errnoOf(failure) === "ENOENT") return undefined;
    throw failure;
  }
}

/** Files below a folder, without the drafts of those that are just being written. */
async function inside(directory: string, folder: string): Promise<readonly string[]> {
  try {
    const found = await readdir(path.join(directory, folder), { withFileTypes: true });
    return found
      .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
      .map((entry) => `${folder}/${entry.name}`)
      .sort();
  } catch (failure) {
    if (errnoOf(failure) === "ENOENT") return [];
    throw failure;
  }
}

/** A snapshot stands together with the log of its generation; when that is gone the snapshot was replaced meanwhile. */
async function* memoryFiles(directory: string): AsyncGenerator<DataFile, void, void> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const snapshot = await whole(directory, "memory/snapshot.jsonl");
    const name = `memory/log-${generationOf(snapshot)}.jsonl`;
    const log = await whole(directory, name);
    if (log === undefined && snapshot !== undefined && tries < TRIES) continue;
    yield* present("memory/snapshot.jsonl", snapshot);
    // A last line without its end is just being written, and nobody was told yet that it is there.
    yield* present(name, log?.subarray(0, log.lastIndexOf(NEWLINE) + 1));
    return;
  }
}

function generationOf(snapshot: Uint8Array | undefined): number {
  if (snapshot === undefined) return 0;
  const head: unknown = JSON.parse(Buffer.from(snapshot.subarray(0, snapshot.indexOf(NEWLINE))).toString("utf8"));
  return typeof head === "object" && head !== null && "generation" in head ? Number(head.generation) : 0;
}

/** A chain of lines up to the first that speaks of a later event: what follows is sealed behind it. */
function linesUpTo(bytes: Uint8Array, sequence: number): Uint8Array {
  const lines = Buffer.from(bytes).toString("utf8").split("\n").slice(0, -1);
  const beyond = lines.findIndex((line) => Number(SEQUENCE.exec(line)?.[1] ?? 0) > sequence);
  return Buffer.from(
    lines
      .slice(0, beyond < 0 ? undefined : beyond)
      .map((line) => `${line}\n`)
      .join(""),
  );
}
