import { AtomBook } from "./atom-book.ts";
import { type Group, type GroupView, newGroup, rootOf, united } from "./group.ts";
import { type GroupBounds, younger } from "./group-bounds.ts";
import type { GroupsSnapshot } from "./groups-snapshot.ts";
import { bareOf } from "./points.ts";
import { SlotBook } from "./slot-book.ts";
import { namesAmong } from "./slots.ts";

/** Two ids that were told are one failure: `from` is `to` from now on. */
export interface Alias {
  readonly from: string;
  readonly to: string;
}

/**
 * What is remembered of atoms and of the groups that they are: bounded, and as it was after being written down and read.
 * It concludes nothing by itself.
 */
export class GroupMemory {
  readonly slots: SlotBook<Group>;
  readonly #idOf: (atom: string) => string;
  readonly #bounds: GroupBounds;
  readonly #atoms: AtomBook;
  #byId = new Map<string, Group>();
  #known = new Set<string>();
  #aliases = new Map<string, string>();
  #order = 0;

  constructor(idOf: (atom: string) => string, bounds: GroupBounds) {
    this.#idOf = idOf;
    this.#bounds = bounds;
    this.slots = new SlotBook(bounds.slots);
    this.#atoms = new AtomBook(bounds.atoms);
  }

  /** Whether a word stood at a place that was found to vary. */
  readonly isName = (word: string): boolean => this.#known.has(word);

  knows(atom: string): boolean {
    return this.#atoms.has(atom);
  }

  /** The group of an atom that is known. */
  find(atom: string): Group | undefined {
    const group = this.#atoms.get(atom);
    return group === undefined ? undefined : rootOf(group);
  }

  seenAgain(atom: string): void {
    this.#atoms.seenAgain(atom);
  }

  /** The group an atom stands in; a new one begins its own, or goes back to that of which it once was. */
  groupOf(atom: string, shown: string = atom): Group {
    const known = this.#atoms.get(atom);
    if (known !== undefined) return known;
    const id = this.resolve(this.#idOf(atom));
    const group = this.#byId.get(id) ?? newGroup(id, this.#order++, { oldest: atom, shown });
    this.#byId.set(id, group);
    this.#atoms.set(atom, group);
    return group;
  }

  /** The id of the group that an atom stands in now, or would. */
  idNow(atom: string): string {
    return this.find(atom)?.id ?? this.resolve(this.#idOf(atom));
  }

  /** The id under which a failure is known now that was once told as `id`. */
  resolve(id: string): string {
    let now = id;
    for (let next = this.#aliases.get(now); next !== undefined; next = this.#aliases.get(now)) now = next;
    return now;
  }

  /** By any id it ever had. */
  byId(id: string): Group | undefined {
    return this.#byId.get(this.resolve(id));
  }

  view(id: string): GroupView | undefined {
    return this.byId(id);
  }

  /** Two groups are one; the alias is given where the younger id had been told. */
  unite(
    one: Group,
    other: Group,
    template: readonly string[],
  ): { readonly group: Group; readonly alias: Alias | undefined } {
    const { older, younger: taken } = united(one, other, template);
    if (taken === undefined) return { group: older, alias: undefined };
    this.#byId.delete(taken.id);
    if (!taken.isTold) return { group: older, alias: undefined };
    this.#aliases.set(taken.id, older.id);
    return { group: older, alias: { from: taken.id, to: older.id } };
  }

  /** Words that stood where words vary; those that are names are values elsewhere, too. */
  learnNames(words: readonly string[]): void {
    for (const word of namesAmong(words)) this.#known.add(bareOf(word));
  }

  /** @returns how many atoms were forgotten */
  forget(): number {
    this.slots.forget();
    this.#known = younger<string, Set<string>>(this.#known, this.#bounds.known, (left) => new Set(left));
    this.#aliases = younger<[string, string], Map<string, string>>(
      this.#aliases,
      this.#bounds.aliases,
      (left) => new Map(left),
    );
    const forgotten = this.#atoms.forget();
    if (forgotten === 0) return 0;
    const alive = new Set([...this.#atoms.groups(), ...this.slots.groups()].map(rootOf));
    const targets = new Set(this.#aliases.values());
    this.#byId = new Map([...this.#byId].filter(([id, group]) => alive.has(group) || targets.has(id)));
    return forgotten;
  }

  /** Everything, as it can be written down. */
  snapshot(): GroupsSnapshot {
    const places = new Map<Group, number>();
    const placeOf = (group: Group): number => {
      const root = rootOf(group);
      const place = places.get(root) ?? places.size;
      places.set(root, place);
      return place;
    };
    for (const group of this.#byId.values()) placeOf(group);
    const { atoms: held, again } = this.#atoms.entries();
    const atoms = held.map(([atom, group]): [string, number] => [atom, placeOf(group)]);
    const slots = this.slots.snapshot(placeOf);
    const groups = [...places.keys()].map(({ id, order, isTold, template, oldest, shown, openings }) => ({
      id,
      order,
      isTold,
      template,
      oldest,
      shown,
      openings,
    }));
    return { began: this.#order, groups, atoms, again, ...slots, known: [...this.#known], aliases: [...this.#aliases] };
  }

  /** Knows what was written down, and nothing else. */
  restore(snapshot: GroupsSnapshot): void {
    const groups: readonly Group[] = snapshot.groups.map((group) => ({ ...group, parent: undefined }));
    const groupAt = (place: number) => {
      const group = groups[place];
      if (group === undefined)
        throw new RangeError(`the snapshot has ${groups.length} groups, and speaks of number ${place}`);
      return group;
    };
    this.#byId = new Map(groups.map((group) => [group.id, group]));
    this.#order = snapshot.began;
    this.#atoms.restore(
      snapshot.atoms.map(([atom, place]) => [atom, groupAt(place)]),
      snapshot.again,
    );
    this.slots.restore(snapshot, groupAt);
    this.#known = new Set(snapshot.known);
    this.#aliases = new Map(snapshot.aliases);
  }
}
