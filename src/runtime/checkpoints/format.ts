import type { JournalPosition } from "../../events/journal.ts";
import { type Checkpointed, Later } from "../../kernel/checkpointed.ts";
import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Hash } from "../../kernel/hash.ts";
import { number, objectOf, row, text } from "../../kernel/shape.ts";

/** Version of a checkpoint's file, named in its first member. */
export const CHECKPOINT_FORMAT = 1;

/** What every fold remembered once it had heard the journal up to a position, and nothing after it. */
export interface Checkpoint {
  readonly position: JournalPosition;
  readonly takenAtMs: number;
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

/** The text of a checkpoint, a line for each fold, in pieces of which each is a short piece of work. */
export function* pieces(position: JournalPosition, takenAtMs: number, folds: readonly Captured[]): Generator<string> {
  yield JSON.stringify({ checkpoint: CHECKPOINT_FORMAT, ...position, takenAtMs });
  for (const { name, version, snapshot } of folds) {
    yield `\n{"fold":${JSON.stringify(name)},"version":${version},"state":`;
    yield* written(snapshot);
    yield "}";
  }
}

function* written(value: unknown): Generator<string> {
  if (value instanceof Later) {
    yield JSON.stringify(value.make());
    return;
  }
  if (!holdsLater(value)) {
    yield JSON.stringify(value) ?? "null";
    return;
  }
  const isList = Array.isArray(value);
  let before = isList ? "[" : "{";
  for (const [name, member] of Object.entries(value).filter(([, held]) => held !== undefined)) {
    yield isList ? before : `${before}${JSON.stringify(name)}:`;
    yield* written(member);
    before = ",";
  }
  yield isList ? "]" : "}";
}

/** Looks at containers alone: below a list without a `later` of its own there is none. */
function holdsLater(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((member) => member instanceof Later);
  return Object.values(value).some((member) => holdsLater(member) || member instanceof Later);
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

const header = objectOf({ sequence: number, seal: text, takenAtMs: number });
const fold = objectOf({ fold: text, version: number, state: row<object>() });

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
    return parsed(new TextDecoder().decode(body).split("\n"));
  } catch (failure) {
    throw failure instanceof AiosError ? failure : unfit(`it cannot be read: ${messageOf(failure)}`);
  }
}

function parsed([head = "", ...lines]: readonly string[]): Checkpoint {
  const { takenAtMs, ...position } = header(JSON.parse(head), "header");
  const folds = lines.map((line) => fold(JSON.parse(line), "fold"));
  return { position, takenAtMs, folds: new Map(folds.map(({ fold: name, ...saved }) => [name, saved])) };
}

function formatOf(head: string): number | undefined {
  const found = /^\{"checkpoint":(\d+)[,}]/.exec(head);
  return found === null ? undefined : Number(found[1]);
}

function unfit(why: string): AiosError {
  return new AiosError("checkpoint.unfit", why);
}
