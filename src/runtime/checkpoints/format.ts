import type { JournalPosition } from "../../events/journal.ts";
import { type Checkpointed, Later, Stored } from "../../kernel/checkpointed.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Hash } from "../../kernel/hash.ts";
import { listOf, number, objectOf, optional, row, text } from "../../kernel/shape.ts";

/**
 * Version of a checkpoint's file, named in its first member. Since the second, what a fold makes later stands in lines of
 * its own below the fold's, so that a start need not read it; a file of the first is read as well.
 */
export const CHECKPOINT_FORMAT = 2;

/** Where a checkpoint stands in the journal and in time. */
export interface Taken {
  readonly position: JournalPosition;
  readonly takenAtMs: number;
  /** The newest stretch of time began here; absent where an older version wrote it. See `RecentPast`. */
  readonly recentFrom?: number | undefined;
}

/** What every fold remembered once it had heard the journal up to a position, and nothing after it. */
export interface Checkpoint extends Taken {
  readonly folds: ReadonlyMap<string, SavedFold>;
}

interface SavedFold {
  readonly version: number;
  readonly state: unknown;
}

/** Bytes that are hashed at once. */
const BLOCK = 1 << 20;
const MARK = '\n{"seal":"';
const SEAL_BYTES = MARK.length + 64 + 3;

/** Seals bytes: with the journal's key where it has one, so that nobody without it can make up a state. */
export type Seal = (previous: string, block: Uint8Array) => string;

export function sealWith(hash: Hash, key: string | undefined): Seal {
  return (previous, block) => {
    const digest = `${previous}\n${hash.sha256(block)}`;
    return key === undefined ? hash.sha256(digest) : hash.hmacSha256(key, digest);
  };
}

interface Captured {
  readonly name: string;
  readonly version: number;
  readonly snapshot: unknown;
}

/** What the folds remember now. Short: nothing is written down yet. */
export function capture(states: readonly Checkpointed[]): readonly Captured[] {
  return states.map((state) => ({ name: state.name, version: state.version, snapshot: state.snapshot() }));
}

/** A list of which every member has a line of its own: where it belongs in the fold's state. */
interface Apart {
  readonly at: readonly string[];
  readonly members: readonly unknown[];
}

/**
 * The text of a checkpoint in pieces of which each is a short piece of work: a line for each fold, and below it one for
 * each member of the lists that are made later.
 */
export function* pieces({ position, ...taken }: Taken, folds: readonly Captured[]): Generator<string> {
  yield JSON.stringify({ checkpoint: CHECKPOINT_FORMAT, ...position, ...taken });
  for (const { name, version, snapshot } of folds) {
    const apart: Apart[] = [];
    yield `\n{"fold":${JSON.stringify(name)},"version":${version},"state":`;
    yield* written(snapshot, [], apart);
    yield `,"apart":${JSON.stringify(apart.map(({ at, members }) => ({ at, lines: members.length })))}}`;
    for (const { members } of apart) for (const member of members) yield `\n${lineOf(member)}`;
  }
}

function* written(value: unknown, at: readonly string[], apart: Apart[]): Generator<string> {
  if (!holdsLater(value)) {
    yield JSON.stringify(value) ?? "null";
    return;
  }
  if (Array.isArray(value)) {
    apart.push({ at, members: value });
    yield "[]";
    return;
  }
  let before = "{";
  for (const [name, member] of Object.entries(value).filter(([, held]) => held !== undefined)) {
    yield `${before}${JSON.stringify(name)}:`;
    yield* written(member, [...at, name], apart);
    before = ",";
  }
  yield "}";
}

/** What nobody asked for since it was read is written down again as it stood. */
function lineOf(member: unknown): string {
  if (member instanceof Later) return lineOf(member.make());
  return member instanceof Stored ? member.text : (JSON.stringify(member) ?? "null");
}

/** Looks at containers alone: below a list without a `later` of its own there is none. */
function holdsLater(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((member) => member instanceof Later || member instanceof Stored);
  return Object.values(value).some(holdsLater);
}

/** Gathers pieces into bytes and seals them block by block. */
export class SealedBytes {
  readonly #encoder = new TextEncoder();
  readonly #blocks: Uint8Array[] = [];
  readonly #seal: Seal;
  #open = new Uint8Array(BLOCK);
  #filled = 0;
  #digest = "";

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  add(piece: string): void {
    const bytes = this.#encoder.encode(piece);
    for (let from = 0; from < bytes.length; ) {
      const part = bytes.subarray(from, from + BLOCK - this.#filled);
      this.#open.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === BLOCK) this.#close();
    }
  }

  /** Everything that was added, with its seal as the last line. */
  end(): Uint8Array {
    if (this.#filled > 0) this.#close();
    const blocks = [...this.#blocks, this.#encoder.encode(`${MARK}${this.#digest}"}\n`)];
    const whole = new Uint8Array(blocks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const block of blocks) {
      whole.set(block, at);
      at += block.length;
    }
    return whole;
  }

  #close(): void {
    const block = this.#open.subarray(0, this.#filled);
    this.#digest = this.#seal(this.#digest, block);
    this.#blocks.push(block);
    this.#open = new Uint8Array(BLOCK);
    this.#filled = 0;
  }
}

const header = objectOf({ sequence: number, seal: text, takenAtMs: number, recentFrom: optional(number) });
const fold = objectOf({
  fold: text,
  version: number,
  state: row<object>(),
  apart: optional(listOf(objectOf({ at: listOf(text), lines: number }))),
});

/**
 * The checkpoint of a file.
 *
 * @throws {AiosError} `checkpoint.unfit` saying what is wrong with it
 */
export function decodeCheckpoint(bytes: Uint8Array, seal: Seal): Checkpoint {
  const first = bytes.indexOf(0x0a);
  const format = formatOf(new TextDecoder().decode(bytes.subarray(0, first < 0 ? bytes.length : first)));
  if (format === undefined) throw unfit("it does not begin like a checkpoint");
  if (format > CHECKPOINT_FORMAT)
    throw unfit(`it has format ${format}, and this version reads up to ${CHECKPOINT_FORMAT}`);
  const end = bytes.length - SEAL_BYTES;
  const last = new TextDecoder().decode(bytes.subarray(Math.max(0, end)));
  if (end < 0 || !last.startsWith(MARK)) throw unfit("its end is missing");
  const body = bytes.subarray(0, end);
  let digest = "";
  for (let from = 0; from < body.length; from += BLOCK) digest = seal(digest, body.subarray(from, from + BLOCK));
  if (last !== `${MARK}${digest}"}\n`)
    throw unfit("its bytes do not fit its seal: it was changed, or the key is another");
  try {
    return parsed(new Lines(body));
  } catch (failure) {
    throw failure instanceof AiosError ? failure : unfit(`it cannot be read: ${messageOf(failure)}`);
  }
}

function parsed(lines: Lines): Checkpoint {
  const { takenAtMs, recentFrom, ...position } = header(JSON.parse(lines.text(0)), "header");
  const folds = new Map<string, SavedFold>();
  for (let line = 1; line < lines.count; ) {
    const { fold: name, version, state, apart = [] } = fold(JSON.parse(lines.text(line++)), "fold");
    for (const { at, lines: count } of apart) {
      if (line + count > lines.count) throw unfit(`it ends within "${name}"`);
      put(state, at, lines.stored(line, count));
      line += count;
    }
    folds.set(name, { version, state });
  }
  return { position, takenAtMs, recentFrom, folds };
}

/** Puts a list where the state has an empty one for it. */
function put(state: object, at: readonly string[], list: readonly Stored[]): void {
  let holder = state as Record<string, unknown>;
  for (const name of at.slice(0, -1)) holder = row<Record<string, unknown>>()(holder[name], at.join("."));
  const last = at.at(-1) ?? "";
  if (!Array.isArray(holder[last])) throw unfit(`${at.join(".")} is no list`);
  holder[last] = list;
}

function formatOf(head: string): number | undefined {
  const found = /^\{"checkpoint":(\d+)[,}]/.exec(head);
  return found === null ? undefined : Number(found[1]);
}

/** The lines of a text that become text only when they are read. */
class Lines {
  readonly #bytes: Uint8Array;
  /** Where each begins, and where one more would. */
  readonly #begins: readonly number[];
  readonly #decoder = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const begins = [0];
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, end + 1)) begins.push(end + 1);
    begins.push(bytes.length + 1);
    this.#begins = begins;
  }

  get count(): number {
    return this.#begins.length - 1;
  }

  text(line: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#begins[line], (this.#begins[line + 1] ?? 0) - 1));
  }

  stored(first: number, count: number): readonly Stored[] {
    return Array.from({ length: count }, (_, index) => new Stored(() => this.text(first + index)));
  }
}

function unfit(why: string): AiosError {
  return new AiosError("checkpoint.unfit", why);
}
