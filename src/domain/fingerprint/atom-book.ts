import type { Group } from "./group.ts";
import { keptOf } from "./group-bounds.ts";

/** The most that one atom's sightings count: so it outlasts ten times that others are forgotten. */
const MOST_OFTEN = 1_024;

/**
 * Atoms, each with its group, in the order in which they first came.
 *
 * When there are too many a quarter goes at once: those seen least often first, among them the oldest. Earlier sightings
 * count half after each time, so what was frequent long ago makes room at last (ageing of counts, as in Robinson and
 * Devarakonda, Data cache management using frequency-based replacement, SIGMETRICS 1990).
 */
export class AtomBook {
  readonly #most: number;
  #groups = new Map<string, Group>();
  /** How often it was seen again; most never are. */
  #again = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#groups.size;
  }

  get(atom: string): Group | undefined {
    return this.#groups.get(atom);
  }

  has(atom: string): boolean {
    return this.#groups.has(atom);
  }

  set(atom: string, group: Group): void {
    this.#groups.set(atom, group);
  }

  /** One that is known was seen again. */
  seenAgain(atom: string): void {
    const before = this.#again.get(atom) ?? 0;
    if (before < MOST_OFTEN) this.#again.set(atom, before + 1);
  }

  groups(): Iterable<Group> {
    return this.#groups.values();
  }

  /** @returns how many were forgotten */
  forget(): number {
    const before = this.#groups.size;
    if (before <= this.#most) return 0;
    const rare = [...this.#groups.keys()].map((atom) => ({ atom, often: this.#again.get(atom) ?? 0 }));
    // Sorting is stable: of those seen equally often the oldest come first.
    rare.sort((one, other) => one.often - other.often);
    for (const { atom } of rare.slice(0, before - keptOf(this.#most))) {
      this.#groups.delete(atom);
      this.#again.delete(atom);
    }
    // Built anew: a map that lost many entries one by one keeps their room.
    this.#groups = new Map(this.#groups);
    const halves = [...this.#again].map(([atom, often]): [string, number] => [atom, often >> 1]);
    this.#again = new Map(halves.filter(([, often]) => often > 0));
    return before - this.#groups.size;
  }

  /** Atoms in their order, and those that were seen again. */
  entries(): { readonly atoms: readonly [string, Group][]; readonly again: [string, number][] } {
    return { atoms: [...this.#groups], again: [...this.#again] };
  }

  restore(atoms: Iterable<[string, Group]>, again: Iterable<[string, number]>): void {
    this.#groups = new Map(atoms);
    this.#again = new Map(again);
  }
}
