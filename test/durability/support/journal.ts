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
  readonly facts: readonly Fact[];
  /** Bytes after the last whole line of the open segment. */
  readonly tornBytes: number;
}

const GENESIS = "0".repeat(64);
const TAIL = /,"seal":"([0-9a-f]{64})"\}$/;

/** Every event of a data directory, each line's seal and number checked. Throws naming the first line that is wrong. */
export async function readJournal(dataDir: string): Promise<ReadJournal> {
  const names = (await readdir(dataDir).catch(() => [])).filter((name) => /^events-\d+\.jsonl(\.gz)?$/.test(name));
  // While a segment is being compressed it is there in both forms, and the plain one counts.
  const closed = names
    .filter((name) => !name.endsWith(".gz") || !names.includes(name.slice(0, -".gz".length)))
    .sort((a, b) => firstOf(a) - firstOf(b));
  const facts: Fact[] = [];
  let seal = GENESIS;
  for (const name of closed) {
    const bytes = await readFile(path.join(dataDir, name));
    const read = follow(name.endsWith(".gz") ? gunzipSync(bytes) : bytes, name, seal, facts);
    if (read.tornBytes > 0) throw new Error(`${name} is closed and ends inside a line`);
    seal = read.seal;
  }
  const open = await readFile(path.join(dataDir, "events.jsonl")).catch(() => Buffer.alloc(0));
  const { tornBytes } = follow(open, "events.jsonl", seal, facts);
  return { facts, tornBytes };
}

function firstOf(name: string): number {
  return Number(/\d+/.exec(name)?.[0]);
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
    const fact = JSON.parse(body) as Fact;
    const last = facts.at(-1)?.sequence ?? 0;
    if (fact.sequence !== last + 1) throw new Error(`${where}: ${fact.sequence} follows ${last}`);
    facts.push(fact);
    from = end + 1;
  }
  return { seal, tornBytes: bytes.length - from };
}
