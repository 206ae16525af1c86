import { keptIn, opened } from "./collapse.ts";
import type { GroupsSnapshot } from "./groups-snapshot.ts";
import { bareOf, isFixed, isLabel, isPlainWord, needOf, STAR } from "./points.ts";
import { SlotBook } from "./slot-book.ts";
import { columnOf, type Entry, namesAmong, type Opening, openingOf, type Slot, widened } from "./slots.ts";
import { type Beside, nearnessOf, type Standing } from "./standing.ts";

/** How much is remembered. When there is more, the oldest quarter goes at once. */
export interface GroupBounds {
  readonly atoms: number;
  readonly slots: number;
  readonly known: number;
  readonly aliases: number;
}

export const groupBounds: GroupBounds = { atoms: 20_000, slots: 100_000, known: 20_000, aliases: 50_000 };

/** Atoms of fewer or more words are only ever equal. */
const FEWEST = 2;
const MOST = 40;
/** Openings that a group remembers, to explain itself, and places that a message is explained by. */
const EXPLAINED = 16;

/** Two ids that were told are one failure: `from` is `to` from now on. */
export interface Alias {
  readonly from: string;
  readonly to: string;
}

export interface Sighting {
  /** The id under which the failure is known now. */
  readonly id: string;
  /** What this message showed to be one. */
  readonly aliases: readonly Alias[];
  /** Messages that were forgotten to make room for this one. */
  readonly forgotten: number;
}

/** What is known of a group. */
export interface GroupView {
  /** Words of its most general template. */
  readonly template: readonly string[];
  /** The oldest atom: the one that its id is made of. */
  readonly oldest: string;
  /** How the message with the oldest atom is shown. */
  readonly shown: string;
  /** What made one group of several atoms, oldest first. */
  readonly openings: readonly Opening[];
}

interface Group extends GroupView {
  readonly id: string;
  readonly order: number;
  parent: Group | undefined;
  /** Whether anybody was given this id. */
  isTold: boolean;
  template: readonly string[];
  openings: readonly Opening[];
}

/**
 * Atoms that are one failure. For every position of every new atom it is asked what else has stood there with everything
 * else equal; when the evidence suffices the place is variable, and the atoms seen there are one group.
 *
 * Invariants:
 *  1. It merges and never splits. A group's id is made of its oldest atom, so it changes only by merging into an older one,
 *     which is told as an alias.
 *  2. Fed the same atoms in the same order it tells the same.
 *  3. Memory is bounded. An atom that was forgotten and comes again has the id it had, since that is made of its text.
 *
 * In the tradition of online log parsing (Du and Li, Spell, ICDM 2016; He et al., Drain, ICWS 2017), with evidence by
 * kind of word in place of a similarity threshold.
 */
export class FailureGroups {
  readonly #idOf: (atom: string) => string;
  readonly #bounds: GroupBounds;
  readonly #slots: SlotBook<Group>;
  #atoms = new Map<string, Group>();
  #byId = new Map<string, Group>();
  #known = new Set<string>();
  #aliases = new Map<string, string>();
  #order = 0;
  #news: Alias[] = [];

  /** @param idOf id of an atom that stands alone; always the same for the same text. */
  constructor(idOf: (atom: string) => string, bounds: GroupBounds = groupBounds) {
    this.#idOf = idOf;
    this.#bounds = bounds;
    this.#slots = new SlotBook(bounds.slots);
  }

  /**
   * A message with this atom was seen.
   *
   * @param shown how a person reads it
   */
  see(atom: string, shown: string = atom): Sighting {
    this.#news = [];
    if (!this.#atoms.has(atom)) this.#learn(atom, shown);
    const group = rootOf(this.#groupOf(atom));
    group.isTold = true;
    return { id: group.id, aliases: this.#news, forgotten: this.#forget() };
  }

  /** The id of the group that an atom stands in now; nothing is learned from asking. */
  idNow(atom: string): string {
    const group = this.#atoms.get(atom);
    return group === undefined ? this.resolve(this.#idOf(atom)) : rootOf(group).id;
  }

  /** The id under which a failure is known now that was once told as `id`. */
  resolve(id: string): string {
    let now = id;
    for (let next = this.#aliases.get(now); next !== undefined; next = this.#aliases.get(now)) now = next;
    return now;
  }

  /** What is known of a group, by any id it ever had; undefined when it was forgotten or never seen. */
  view(id: string): GroupView | undefined {
    return this.#byId.get(this.resolve(id));
  }

  /** Why an atom is the failure that it is, or would be; nothing is learned from asking. */
  standing(atom: string): Standing {
    const words = atom.split(" ");
    const isComparable = words.length >= FEWEST && words.length <= MOST;
    const beside = isComparable
      ? [
          ...words.flatMap((_, position) => (mayVary(words, position) ? this.#beside(atom, words, [position]) : [])),
          ...placesVaryingTogether(words).flatMap((places) => this.#beside(atom, words, places)),
        ]
      : [];
    const known = this.#atoms.get(atom);
    const joined = beside.flatMap(({ varies, others }) => (varies ? (this.#byId.get(others[0] ?? "") ?? []) : []));
    const [oldest] = joined.sort((a, b) => a.order - b.order);
    const id = known === undefined ? (oldest?.id ?? this.idNow(atom)) : rootOf(known).id;
    const strongest = beside.sort((a, b) => Number(b.varies) - Number(a.varies) || nearnessOf(b) - nearnessOf(a));
    return { id, isSeen: known !== undefined, isComparable, beside: strongest.slice(0, EXPLAINED) };
  }

  #beside(atom: string, words: readonly string[], places: readonly number[]): readonly Beside[] {
    const slot = opened(words, places);
    const state = this.#slots.get(slot);
    if (state === undefined) return [];
    const own = { atom, words: places.map((place) => words[place] ?? STAR) };
    const held = state.kind === "open" ? [] : state.entries.filter((entry) => entry.atom !== atom);
    if (state.kind === "closed" && held.length === 0) return [];
    const ids = state.kind === "open" ? [rootOf(state.group).id] : held.map((entry) => this.idNow(entry.atom));
    const columns = places.map((_, index) => columnOf(slot, index, [...held, own], (word) => this.#known.has(word)));
    const { template } = slot;
    return [{ template, need: needOf(template), columns, varies: state.kind === "open", others: [...new Set(ids)] }];
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
    const atoms = [...this.#atoms].map(([atom, group]): [string, number] => [atom, placeOf(group)]);
    const slots = this.#slots.snapshot(placeOf);
    // Lists of a group are replaced, never changed in place: they may be shared with whoever writes them down later.
    const groups = [...places.keys()].map(({ id, order, isTold, template, oldest, shown, openings }) => ({
      id,
      order,
      isTold,
      template,
      oldest,
      shown,
      openings,
    }));
    return { began: this.#order, groups, atoms, ...slots, known: [...this.#known], aliases: [...this.#aliases] };
  }

  /** Groups that know what was written down, and go on as the ones that wrote it would have. */
  static restore(
    idOf: (atom: string) => string,
    snapshot: GroupsSnapshot,
    bounds: GroupBounds = groupBounds,
  ): FailureGroups {
    const restored = new FailureGroups(idOf, bounds);
    const groups: readonly Group[] = snapshot.groups.map((group) => ({ ...group, parent: undefined }));
    const groupAt = (place: number) => {
      const group = groups[place];
      if (group === undefined)
        throw new RangeError(`the snapshot has ${groups.length} groups, and speaks of number ${place}`);
      return group;
    };
    for (const group of groups) restored.#byId.set(group.id, group);
    restored.#order = snapshot.began;
    for (const [atom, place] of snapshot.atoms) restored.#atoms.set(atom, groupAt(place));
    restored.#slots.restore(snapshot, groupAt);
    restored.#known = new Set(snapshot.known);
    restored.#aliases = new Map(snapshot.aliases);
    return restored;
  }

  #learn(atom: string, shown: string): void {
    this.#groupOf(atom, shown);
    const words = atom.split(" ");
    if (words.length >= FEWEST && words.length <= MOST) this.#askAll(atom, words);
  }

  #askAll(atom: string, words: readonly string[]): void {
    this.#askAsTemplate(atom, words);
    words.forEach((_, position) => {
      if (mayVary(words, position)) this.#ask(atom, words, [position]);
    });
    for (const places of placesVaryingTogether(words)) this.#ask(atom, words, places);
  }

  /** Slots whose template this atom is: it has values in all their places. */
  #askAsTemplate(atom: string, template: readonly string[]): void {
    const stars = template.flatMap((word, position) => (word === STAR ? [position] : []));
    const slots = stars.map((position) => ({ template, positions: [position] }));
    for (let count = 2; count <= stars.length; count++) slots.push({ template, positions: stars.slice(0, count) });
    for (const slot of slots) {
      if (this.#slots.get(slot)?.kind === "closed") this.#add(slot, { atom, words: slot.positions.map(() => STAR) });
    }
  }

  #ask(atom: string, words: readonly string[], places: readonly number[]): void {
    const slot = opened(words, places);
    const entry = { atom, words: places.map((place) => words[place] ?? STAR) };
    const state = this.#slots.get(slot);
    if (state?.kind === "open") {
      const group = this.#unite(this.#groupOf(atom), state.group, slot.template);
      group.openings = widened(group.openings, slot, entry.words, (word) => this.#known.has(word));
      this.#learnNames(entry.words);
      return;
    }
    const template = slot.template.join(" ");
    // An atom that is the template has a value in all the places, whether it came before the others or comes after them.
    if (state === undefined && this.#atoms.has(template))
      this.#add(slot, { atom: template, words: places.map(() => STAR) });
    this.#add(slot, entry);
  }

  #add(slot: Slot, entry: Entry): void {
    const entries = this.#slots.add(slot, entry);
    if (entries === undefined) return;
    const opening = openingOf(slot, entries, (word) => this.#known.has(word));
    if (opening !== undefined) this.#open(slot, entries, opening);
  }

  #open(slot: Slot, entries: readonly Entry[], opening: Opening): void {
    const template = slot.template.join(" ");
    const isNew = !this.#atoms.has(template);
    let group = this.#groupOf(template);
    this.#slots.open(slot, group);
    for (const { atom } of entries) group = this.#unite(group, this.#groupOf(atom), slot.template);
    group.openings = [...group.openings, opening].slice(-EXPLAINED);
    for (const { words } of entries) this.#learnNames(words);
    if (isNew) this.#askAll(template, slot.template);
  }

  #learnNames(words: readonly string[]): void {
    for (const word of namesAmong(words)) this.#known.add(bareOf(word));
  }

  /** The group an atom stands in; a new one begins its own, or goes back to that of which it once was. */
  #groupOf(atom: string, shown: string = atom): Group {
    const known = this.#atoms.get(atom);
    if (known !== undefined) return known;
    const id = this.resolve(this.#idOf(atom));
    const group = this.#byId.get(id) ?? this.#begin(id, atom, shown);
    this.#atoms.set(atom, group);
    return group;
  }

  #begin(id: string, oldest: string, shown: string): Group {
    const template = oldest.split(" ");
    const group = { id, order: this.#order++, parent: undefined, isTold: false, template, oldest, shown, openings: [] };
    this.#byId.set(id, group);
    return group;
  }

  #unite(one: Group, other: Group, template: readonly string[]): Group {
    const [a, b] = [rootOf(one), rootOf(other)];
    const [older, younger] = a.order <= b.order ? [a, b] : [b, a];
    if (older !== younger) {
      younger.parent = older;
      older.openings = [...older.openings, ...younger.openings].slice(-EXPLAINED);
      this.#byId.delete(younger.id);
      if (younger.isTold) {
        this.#aliases.set(younger.id, older.id);
        this.#news.push({ from: younger.id, to: older.id });
      }
    }
    for (const each of [younger.template, template]) if (keptIn(each) < keptIn(older.template)) older.template = each;
    return older;
  }

  /** @returns how many atoms were forgotten */
  #forget(): number {
    this.#slots.forget();
    if (this.#known.size > this.#bounds.known) this.#known = new Set(younger(this.#known, this.#bounds.known));
    if (this.#aliases.size > this.#bounds.aliases)
      this.#aliases = new Map(younger(this.#aliases, this.#bounds.aliases));
    if (this.#atoms.size <= this.#bounds.atoms) return 0;
    const before = this.#atoms.size;
    this.#atoms = new Map(younger(this.#atoms, this.#bounds.atoms));
    const alive = new Set([...this.#atoms.values(), ...this.#slots.groups()].map(rootOf));
    const targets = new Set(this.#aliases.values());
    this.#byId = new Map([...this.#byId].filter(([id, group]) => alive.has(group) || targets.has(id)));
    return before - this.#atoms.size;
  }
}

/** All but the oldest quarter. */
function younger<T>(all: Iterable<T>, most: number): Iterable<T> {
  return [...all].slice(Math.ceil(most / 4));
}

function rootOf(group: Group): Group {
  let root = group;
  while (root.parent !== undefined) root = root.parent;
  for (let at = group; at.parent !== undefined && at.parent !== root; ) {
    const next = at.parent;
    at.parent = root;
    at = next;
  }
  return root;
}

/** Opening a small word between stars would swallow a template. */
function mayVary(words: readonly string[], position: number): boolean {
  const word = words[position];
  if (word === undefined || word === STAR || isFixed(word)) return false;
  const stars = Number(words[position - 1] === STAR) + Number(words[position + 1] === STAR);
  return stars === 0 || (stars === 1 && !isLabel(word) && !isPlainWord(word));
}

/** Sets of places that may vary together: those of names, in pairs where there are few, and all at once. */
function placesVaryingTogether(words: readonly string[]): readonly (readonly number[])[] {
  const names = words.flatMap((word, position) =>
    word === STAR || isLabel(word) || isFixed(word) || isPlainWord(word) ? [] : [position],
  );
  if (names.length < 2) return [];
  const pairs = names.length > 4 ? [] : names.flatMap((a, index) => names.slice(index + 1).map((b) => [a, b]));
  return names.length > 2 ? [...pairs, names] : pairs;
}
