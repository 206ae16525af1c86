import { opened } from "./collapse.ts";
import { explaining, type Group, type GroupView, rootOf } from "./group.ts";
import { type GroupBounds, groupBounds } from "./group-bounds.ts";
import { type Alias, GroupMemory } from "./group-memory.ts";
import type { GroupsSnapshot } from "./groups-snapshot.ts";
import { STAR } from "./points.ts";
import { keyOf } from "./slot-book.ts";
import { type Entry, type Opening, openingOf, type Slot, widened } from "./slots.ts";
import { type Standing, standingAmong } from "./standing.ts";
import { isComparable, placesAsked } from "./varying.ts";

export interface Sighting {
  /** The id under which the failure is known now. */
  readonly id: string;
  /** What this message showed to be one. */
  readonly aliases: readonly Alias[];
  /** Messages that were forgotten to make room for this one. */
  readonly forgotten: number;
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
  readonly #memory: GroupMemory;
  #news: Alias[] = [];

  /** @param idOf id of an atom that stands alone; always the same for the same text. */
  constructor(idOf: (atom: string) => string, bounds: GroupBounds = groupBounds) {
    this.#memory = new GroupMemory(idOf, bounds);
  }

  /**
   * A message with this atom was seen.
   *
   * @param shown how a person reads it; asked only where the atom is new
   */
  see(atom: string, shown: () => string = () => atom): Sighting {
    this.#news = [];
    if (this.#memory.knows(atom)) this.#memory.seenAgain(atom);
    else this.#learn(atom, shown());
    const group = rootOf(this.#memory.groupOf(atom));
    group.isTold = true;
    return { id: group.id, aliases: this.#news, forgotten: this.#memory.forget() };
  }

  /** The id of the group that an atom stands in now; nothing is learned from asking. */
  idNow(atom: string): string {
    return this.#memory.idNow(atom);
  }

  /** The id under which a failure is known now that was once told as `id`. */
  resolve(id: string): string {
    return this.#memory.resolve(id);
  }

  /** What is known of a group, by any id it ever had; undefined when it was forgotten or never seen. */
  view(id: string): GroupView | undefined {
    return this.#memory.view(id);
  }

  /** Why an atom is the failure that it is, or would be; nothing is learned from asking. */
  standing(atom: string): Standing {
    return standingAmong(this.#memory, atom);
  }

  /** Everything, as it can be written down. */
  snapshot(): GroupsSnapshot {
    return this.#memory.snapshot();
  }

  /** Groups that know what was written down, and go on as the ones that wrote it would have. */
  static restore(
    idOf: (atom: string) => string,
    snapshot: GroupsSnapshot,
    bounds: GroupBounds = groupBounds,
  ): FailureGroups {
    const restored = new FailureGroups(idOf, bounds);
    restored.#memory.restore(snapshot);
    return restored;
  }

  #learn(atom: string, shown: string): void {
    this.#memory.groupOf(atom, shown);
    const words = atom.split(" ");
    if (isComparable(words)) this.#askAll(atom, words);
  }

  #askAll(atom: string, words: readonly string[]): void {
    this.#askAsTemplate(atom, words);
    for (const places of placesAsked(words)) this.#ask(atom, words, places);
  }

  /** Slots whose template this atom is: it has values in all their places. */
  #askAsTemplate(atom: string, template: readonly string[]): void {
    const stars = template.flatMap((word, position) => (word === STAR ? [position] : []));
    const slots = stars.map((position) => ({ template, positions: [position] }));
    for (let count = 2; count <= stars.length; count++) slots.push({ template, positions: stars.slice(0, count) });
    for (const slot of slots) {
      const key = keyOf(slot);
      if (this.#memory.slots.get(key)?.kind === "closed")
        this.#add(slot, key, { atom, words: slot.positions.map(() => STAR) });
    }
  }

  #ask(atom: string, words: readonly string[], places: readonly number[]): void {
    const slot = opened(words, places);
    const entry = { atom, words: places.map((place) => words[place] ?? STAR) };
    const key = keyOf(slot);
    const state = this.#memory.slots.get(key);
    if (state?.kind === "open") {
      const group = this.#unite(this.#memory.groupOf(atom), state.group, slot.template);
      group.openings = widened(group.openings, slot, entry.words, this.#memory.isName);
      this.#memory.learnNames(entry.words);
      return;
    }
    if (state === undefined) {
      // An atom that is the template has a value in all the places, whether it came before the others or comes after them.
      const template = slot.template.join(" ");
      if (this.#memory.knows(template)) this.#add(slot, key, { atom: template, words: places.map(() => STAR) });
    }
    this.#add(slot, key, entry);
  }

  #add(slot: Slot, key: string, entry: Entry): void {
    const entries = this.#memory.slots.add(key, entry);
    if (entries === undefined) return;
    const opening = openingOf(slot, entries, this.#memory.isName);
    if (opening !== undefined) this.#open(slot, key, entries, opening);
  }

  #open(slot: Slot, key: string, entries: readonly Entry[], opening: Opening): void {
    const template = slot.template.join(" ");
    const isNew = !this.#memory.knows(template);
    let group = this.#memory.groupOf(template);
    this.#memory.slots.open(key, group);
    for (const { atom } of entries) group = this.#unite(group, this.#memory.groupOf(atom), slot.template);
    group.openings = explaining([...group.openings, opening]);
    for (const { words } of entries) this.#memory.learnNames(words);
    if (isNew) this.#askAll(template, slot.template);
  }

  #unite(one: Group, other: Group, template: readonly string[]): Group {
    const { group, alias } = this.#memory.unite(one, other, template);
    if (alias !== undefined) this.#news.push(alias);
    return group;
  }
}
