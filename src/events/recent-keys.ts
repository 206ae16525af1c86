import { type Checkpointed, later, readNow, type Snapshot } from "../kernel/checkpointed.ts";
import { AiosError } from "../kernel/errors.ts";
import { anything, groupsOf, listOf, number, objectOf, type Shape, text } from "../kernel/shape.ts";
import type { Receipt } from "./envelope.ts";

/**
 * The newest idempotency keys and what they were answered with; the oldest are forgotten beyond `capacity`.
 *
 * There may be a hundred thousand, and a start asks for few of them: from a checkpoint they are read part by part, each
 * when a key is looked for that can stand nowhere else.
 */
export class RecentKeys implements Checkpointed {
  readonly name = "keys";
  readonly version = 1;
  readonly #capacity: number;
  #young = new Generation();
  #old = new Generation();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): Receipt | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  snapshot(): Snapshot {
    return { young: this.#young.snapshot(), old: this.#old.snapshot() };
  }

  restore(value: unknown): void {
    const { young, old } = state(value, this.name);
    this.#young = Generation.of(young, `${this.name}.young`);
    this.#old = Generation.of(old, `${this.name}.old`);
  }

  add(key: string, receipt: Receipt): void {
    this.#young.add(key, receipt);
    // Two generations: forgetting is one assignment instead of a deletion per key.
    if (this.#young.added >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
  }
}

type Entry = readonly [key: string, receipt: Receipt];

const PARTS = 256;

/** Keys that came one after the other. */
class Generation {
  readonly #known = new Map<string, Receipt>();
  /** Parts of a checkpoint that nobody needed yet. */
  #unread: unknown[] = [];
  #added = 0;

  static of(value: unknown, at: string): Generation {
    const generation = new Generation();
    if (Array.isArray(value)) for (const [key, receipt] of groups(value, at)) generation.add(key, receipt);
    else generation.#takeUp(value, at);
    return generation;
  }

  get added(): number {
    return this.#added;
  }

  get(key: string): Receipt | undefined {
    return this.#known.get(key) ?? (this.#unread.length === 0 ? undefined : this.#sought(key));
  }

  add(key: string, receipt: Receipt): void {
    this.#known.set(key, receipt);
    this.#added++;
  }

  snapshot(): object {
    const known = [...this.#known];
    const unread = [...this.#unread];
    let parts: readonly Entry[][] | undefined;
    const part = (index: number) => {
      parts ??= inParts(known);
      return written(parts[index] ?? [], unread[index]);
    };
    return { added: this.#added, parts: Array.from({ length: PARTS }, (_, index) => later(() => part(index))) };
  }

  #takeUp(value: unknown, at: string): void {
    const { added, parts } = generation(value, at);
    if (parts.length !== PARTS) throw new AiosError("checkpoint.unfit", `${at} has ${parts.length} parts`);
    this.#added = added;
    this.#unread = parts;
  }

  #sought(key: string): Receipt | undefined {
    const part = partOf(key);
    const unread = this.#unread[part];
    if (unread === undefined) return undefined;
    this.#unread[part] = undefined;
    for (const [known, receipt] of entries(readNow(unread), "keys"))
      if (!this.#known.has(known)) this.#known.set(known, receipt);
    return this.#known.get(key);
  }
}

/** A part as it is written down; one of which nothing was read or added stays as it is. */
function written(known: readonly Entry[], unread: unknown): unknown {
  if (known.length === 0 && unread !== undefined) return unread;
  const all = new Map([...(unread === undefined ? [] : entries(readNow(unread), "keys")), ...known]);
  return [...all].sort(([, a], [, b]) => a.sequence - b.sequence).map(([key, { id, sequence }]) => [key, id, sequence]);
}

function inParts(known: readonly Entry[]): readonly Entry[][] {
  const parts: Entry[][] = Array.from({ length: PARTS }, () => []);
  for (const entry of known) parts[partOf(entry[0])]?.push(entry);
  return parts;
}

/** Keys differ at their ends. */
function partOf(key: string): number {
  let sum = 0;
  for (let index = Math.max(0, key.length - 16); index < key.length; index++)
    sum = (sum * 31 + key.charCodeAt(index)) | 0;
  return (sum >>> 0) % PARTS;
}

/** Three plain members. */
const entry: Shape<Entry> = (value, at) => {
  const [key, id, sequence] = Array.isArray(value) ? (value as unknown[]) : [];
  return [text(key, at), { id: text(id, at), sequence: number(sequence, at) }];
};

const entries = listOf(entry);
/** As they were written before there were parts. */
const groups = groupsOf(entry);
const generation = objectOf({ added: number, parts: listOf(anything) });
const state = objectOf({ young: anything, old: anything });
