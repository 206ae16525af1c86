/*
 * A second reader of the journal that shares nothing with the engine: bytes, lines, seals and numbers, as the format is
 * written down in docs/design/events.md.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** A line of the journal. */
export interface Fact {
  readonly id: string;
  readonly type: string;
  readonly sequence: number;
  readonly time: string;
  readonly idempotencykey?: string;
  readonly data: unknown;
  /** The seal of its line. */
  readonly seal: string;
}

/** What stands at a path such as `task.id` of an event's data. */
function at(fact: Fact, where: string): unknown {
  let value: unknown = fact.data;
  for (const name of where.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return value;
}

export function text(fact: Fact, where: string): string {
  const value = at(fact, where);
  return typeof value === "string" ? value : "";
}

export function number(fact: Fact, where: string): number | undefined {
  const value = at(fact, where);
  return typeof value === "number" ? value : undefined;
}

export function flag(fact: Fact, where: string): boolean {
  return at(fact, where) === true;
}

export const whenOf = ({ time }: Fact) => Date.parse(time);

export interface ReadJournal {
  /** From the first event there ever was. */
  readonly facts: readonly Fact[];
  /** The first that still stands in the data directory. */
  readonly first: number;
  /** Bytes after the last whole line of the open segment. */
  readonly tornBytes: number;
}

const GENESIS = "0".repeat(64);
const TAIL = /,"seal":"([0-9a-f]{64})"\}$/;

/** What may stand behind the last good line of the open segment: the beginning of a line, or after a power cut anything. */
export type Tail = "cut line" | "anything";

/** What of a journal is not in its data directory any more, and what may stand behind its end. */
export interface Reading {
  /** An earlier reading: what retention gave up since is taken from it. */
  readonly known?: readonly Fact[];
  /** Where segments went that were given up. */
  readonly archive?: string | undefined;
  readonly tail?: Tail;
}

/** Every event of a data directory, each line's seal and number checked. Throws naming the first line that is wrong. */
export async function readJournal(
  dataDir: string,
  { known = [], archive, tail = "cut line" }: Reading = {},
): Promise<ReadJournal> {
  const held = await closedIn(dataDir);
  const first = await firstSequence(dataDir, held[0]?.name);
  const given = archive === undefined ? [] : await closedIn(archive);
  const closed = [...given.filter(({ name }) => firstOf(name) < first), ...held];
  const from = closed[0] === undefined ? first : firstOf(closed[0].name);
  if (from > known.length + 1)
    throw new Error(`events ${known.length + 1} to ${from - 1} were given up before anybody outside had read them`);
  const facts = known.slice(0, from - 1);
  let seal = facts.at(-1)?.seal ?? GENESIS;
  for (const { name, folder } of closed) {
    const bytes = await readFile(path.join(folder, name));
    const read = follow(name.endsWith(".gz") ? gunzipSync(bytes) : bytes, name, seal, facts);
    if (read.tornBytes > 0) throw new Error(`${name} is closed and ends inside a line`);
    seal = read.seal;
  }
  const open = await readFile(path.join(dataDir, "events.jsonl")).catch(() => Buffer.alloc(0));
  const { tornBytes } = tail === "anything" ? followGood(open, seal, facts) : follow(open, "events.jsonl", seal, facts);
  return { facts, first, tornBytes };
}

/** While a segment is being compressed it is there in both forms, and the plain one counts. */
async function closedIn(folder: string): Promise<readonly { readonly name: string; readonly folder: string }[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^events-\d+\.jsonl(\.gz)?$/.test(name));
  return names
    .filter((name) => !name.endsWith(".gz") || !names.includes(name.slice(0, -".gz".length)))
    .sort((a, b) => firstOf(a) - firstOf(b))
    .map((name) => ({ name, folder }));
}

/** Where the journal begins now: a closed segment is named by it, of the open one alone the first line tells. */
async function firstSequence(dataDir: string, oldest: string | undefined): Promise<number> {
  if (oldest !== undefined) return firstOf(oldest);
  const open = await readFile(path.join(dataDir, "events.jsonl"), "utf8").catch(() => "");
  const end = open.indexOf("\n");
  return end < 0 ? 1 : (JSON.parse(open.slice(0, end)) as Fact).sequence;
}

function firstOf(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
}

/** The lines up to the first that is wrong. */
function followGood(bytes: Buffer, before: string, facts: Fact[]) {
  let seal = before;
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    try {
      ({ seal } = follow(bytes.subarray(from, end + 1), "events.jsonl", seal, facts));
    } catch {
      break;
    }
    from = end + 1;
  }
  return { tornBytes: bytes.length - from };
}

function follow(bytes: Buffer, name: string, before: string, facts: Fact[]) {
  let seal = before;
  let from = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
    const line = bytes.toString("utf8", from, end);
    const where = `${name}, byte ${from}`;
    const tail = TAIL.exec(line);
    if (tail === null) throw new Error(`${where}: no seal`);
    const body = `${line.slice(0, tail.index)}}`;
    seal = createHash("sha256").update(`${seal}\n${body}`).digest("hex");
    if (seal !== tail[1]) throw new Error(`${where}: the seal does not fit`);
    const fact = { ...(JSON.parse(body) as Fact), seal };
    const last = facts.at(-1)?.sequence ?? 0;
    if (fact.sequence !== last + 1) throw new Error(`${where}: ${fact.sequence} follows ${last}`);
    facts.push(fact);
    from = end + 1;
  }
  return { seal, tornBytes: bytes.length - from };
}
