import { type Checkpointed, inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import { groupsOf, number, objectOf, type Shape, text } from "../kernel/shape.ts";
import type { Receipt } from "./envelope.ts";

/** The newest idempotency keys and what they were answered with; the oldest are forgotten beyond `capacity`. */
export class RecentKeys implements Checkpointed {
  readonly name = "keys";
  readonly version = 1;
  readonly #capacity: number;
  #young = new Map<string, Receipt>();
  #old = new Map<string, Receipt>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): Receipt | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  snapshot(): Snapshot {
    return { young: listed(this.#young), old: listed(this.#old) };
  }

  restore(value: unknown): void {
    const { young, old } = state(value, this.name);
    this.#young = new Map(young);
    this.#old = new Map(old);
  }

  add(key: string, receipt: Receipt): void {
    this.#young.set(key, receipt);
    // Two generations: forgetting is one assignment instead of a deletion per key.
    if (this.#young.size >= this.#capacity / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
  }
}

function listed(keys: ReadonlyMap<string, Receipt>) {
  return inGroups([...keys], ([key, { id, sequence }]) => [key, id, sequence]);
}

/** Three plain members: there may be a hundred thousand. */
const entry: Shape<[string, Receipt]> = (value, at) => {
  const [key, id, sequence] = Array.isArray(value) ? (value as unknown[]) : [];
  return [text(key, at), { id: text(id, at), sequence: number(sequence, at) }];
};

const state = objectOf({ young: groupsOf(entry), old: groupsOf(entry) });
