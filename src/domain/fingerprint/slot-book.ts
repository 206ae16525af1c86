import { keptOf } from "./group-bounds.ts";
import type { GroupsSnapshot } from "./groups-snapshot.ts";
import type { Entry, Slot } from "./slots.ts";

/** Entries that one slot remembers. */
const MOST_ENTRIES = 64;

/** What is known of a slot: the atoms that fit it, or that it is open and for which group. */
export type SlotState<G> =
  | { readonly kind: "closed"; readonly entries: readonly Entry[] }
  | { readonly kind: "open"; readonly group: G };

/**
 * All slots, by their key (`keyOf`). Most are only ever asked for once, so a slot with one entry is kept as nothing but that.
 */
export class SlotBook<G> {
  readonly #most: number;
  #closed = new Map<string, Entry | Entry[]>();
  readonly #open = new Map<string, G>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): SlotState<G> | undefined {
    const group = this.#open.get(key);
    if (group !== undefined) return { kind: "open", group };
    const entries = this.#closed.get(key);
    return entries === undefined ? undefined : { kind: "closed", entries: listOf(entries) };
  }

  /** Adds an atom to a slot that is not open. Gives all entries, or undefined when nothing new was learned. */
  add(key: string, entry: Entry): readonly Entry[] | undefined {
    const before = this.#closed.get(key);
    if (before === undefined) {
      this.#closed.set(key, entry);
      return [entry];
    }
    const entries = listOf(before);
    if (entries.length >= MOST_ENTRIES || entries.some(({ atom }) => atom === entry.atom)) return undefined;
    entries.push(entry);
    this.#closed.set(key, entries);
    return entries;
  }

  open(key: string, group: G): void {
    this.#closed.delete(key);
    this.#open.set(key, group);
  }

  /** Groups of open slots. */
  groups(): Iterable<G> {
    return this.#open.values();
  }

  /** When there are too many, the oldest quarter goes at once, closed ones first. */
  forget(): void {
    if (this.#closed.size + this.#open.size <= this.#most) return;
    const excess = this.#closed.size + this.#open.size - keptOf(this.#most);
    const openExcess = excess - this.#closed.size;
    this.#closed = new Map([...this.#closed].slice(excess));
    if (openExcess > 0) for (const key of [...this.#open.keys()].slice(0, openExcess)) this.#open.delete(key);
  }

  /** Everything, as it can be written down; groups by their place in a list of their own. */
  snapshot(placeOf: (group: G) => number): Pick<GroupsSnapshot, "closed" | "open"> {
    return {
      closed: [...this.#closed].map(([key, entries]) => [key, [...listOf(entries)]]),
      open: [...this.#open].map(([key, group]) => [key, placeOf(group)]),
    };
  }

  /** Puts back what `snapshot` gave. */
  restore({ closed, open }: Pick<GroupsSnapshot, "closed" | "open">, groupAt: (place: number) => G): void {
    for (const [key, entries] of closed) {
      const [only] = entries;
      this.#closed.set(key, entries.length === 1 && only !== undefined ? only : [...entries]);
    }
    for (const [key, place] of open) this.#open.set(key, groupAt(place));
  }
}

function listOf(entries: Entry | Entry[]): Entry[] {
  return Array.isArray(entries) ? entries : [entries];
}

/** Without the position, two meanings of one template would mix; several places that vary together are told by their number. */
export function keyOf({ template, positions }: Slot): string {
  const [only = 0] = positions;
  return `${positions.length === 1 ? only : `+${positions.length}`} ${template.join(" ")}`;
}
