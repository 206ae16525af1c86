import type { TaskSpec } from "../events/types/task.ts";
import type { Priority } from "../events/vocabulary.ts";
import { Alike, askedBy, byOrdinal, type Place } from "./alike.ts";
import { MapDraft } from "./map-draft.ts";
import { Ordered } from "./ordered.ts";
import { inShort, isEarly, notYet, type Waiting } from "./waiting.ts";

type Entries = ReadonlyMap<string, Waiting>;

/**
 * Waiting tasks, arranged by what is asked of them at every event: which ask for the same, which are due next, of which
 * something is still to be told. It goes along from one map of tasks to the next, so that an event costs what it changes.
 */
export class Queue {
  readonly #places = new Map<string, Place>();
  readonly #ready = new Map<string, Alike>();
  readonly #readyByPriority = { P0: 0, P1: 0, P2: 0, P3: 0 };
  /** Those whose time has not come. */
  readonly #early = new Ordered<Place>(byTime);
  /** Of those that wait for a time or for tasks: of whom that was not told yet. */
  readonly #untold = new Set<Place>();
  readonly #dependants = new Map<string, Set<Place>>();
  #joined = 0;
  /** The latest time that has come for one of them: a clock that is set back behind it makes that one early again. */
  #latestMs = Number.NEGATIVE_INFINITY;
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(entries: Entries) {
    for (const [id, entry] of entries) this.set(id, entry);
  }

  /** As it is at a time, also an earlier one than before. */
  at(nowMs: number): this {
    this.#nowMs = nowMs;
    if (nowMs < this.#latestMs) this.#rearrange();
    for (let due = this.#early.first; due !== undefined && !isEarly(due.entry, nowMs); due = this.#early.first) {
      this.#early.remove(due);
      this.#untold.delete(due);
      this.#arrange(due);
    }
    return this;
  }

  /** Groups of tasks that wait for nothing but an agent, in no order. */
  get ready(): Iterable<Alike> {
    return this.#ready.values();
  }

  /** Those that wait for a time or for other tasks and of whom that was not told, in the order of the queue. */
  get untold(): readonly Place[] {
    return this.#untold.size === 0 ? [] : [...this.#untold].sort(byOrdinal);
  }

  /** How many wait for nothing but an agent. */
  get readyByPriority(): Readonly<Record<Priority, number>> {
    return this.#readyByPriority;
  }

  /** Those, in the order of the queue: for sums that are rounded as if one looked at each of them. */
  get readyTasks(): readonly TaskSpec[] {
    const ready: TaskSpec[] = [];
    for (const { entry } of this.#places.values())
      if (entry.needs.length === 0 && !isEarly(entry, this.#nowMs)) ready.push(entry.task);
    return ready;
  }

  /** The one whose time comes first. */
  get nextDue(): Waiting | undefined {
    return this.#early.first?.entry;
  }

  /** Those that wait for a task, in the order of the queue. */
  dependantsOf(taskId: string): readonly Place[] {
    return [...(this.#dependants.get(taskId) ?? [])].sort(byOrdinal);
  }

  /** One that is there keeps its place, a new one comes last. */
  set(id: string, entry: Waiting): void {
    const place = this.#places.get(id);
    if (place === undefined) {
      const joined = { id, ordinal: this.#joined++, entry };
      this.#places.set(id, joined);
      this.#arrange(joined);
      return;
    }
    const alike = isRetold(place.entry, entry) ? this.#alikeOf(place) : undefined;
    if (alike !== undefined) {
      alike.retell(place, entry);
      return;
    }
    this.#withdraw(place);
    place.entry = entry;
    this.#arrange(place);
  }

  delete(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#withdraw(place);
    this.#places.delete(id);
  }

  #arrange(place: Place): void {
    const { entry } = place;
    for (const need of entry.needs) {
      const others = this.#dependants.get(need);
      if (others === undefined) this.#dependants.set(need, new Set([place]));
      else others.add(place);
    }
    if (isEarly(entry, this.#nowMs)) this.#early.add(place);
    else if (entry.notBeforeMs !== undefined) this.#latestMs = Math.max(this.#latestMs, entry.notBeforeMs);
    const later = notYet(entry, this.#nowMs);
    if (later === undefined) this.#join(place);
    else if (inShort(later) !== entry.told) this.#untold.add(place);
  }

  #withdraw(place: Place): void {
    for (const need of place.entry.needs) {
      const others = this.#dependants.get(need);
      others?.delete(place);
      if (others?.size === 0) this.#dependants.delete(need);
    }
    this.#untold.delete(place);
    const alike = this.#alikeOf(place);
    if (alike !== undefined) this.#leave(alike, place);
    else this.#early.remove(place);
  }

  /** The group it is in; `undefined` of one that waits for a time or for other tasks. */
  #alikeOf({ entry }: Place): Alike | undefined {
    return notYet(entry, this.#nowMs) === undefined ? this.#ready.get(askedBy(entry)) : undefined;
  }

  #join(place: Place): void {
    const asked = askedBy(place.entry);
    const alike = this.#ready.get(asked) ?? new Alike();
    this.#ready.set(asked, alike);
    alike.add(place);
    this.#readyByPriority[place.entry.task.priority] += 1;
  }

  #leave(alike: Alike, place: Place): void {
    alike.remove(place);
    this.#readyByPriority[place.entry.task.priority] -= 1;
    if (alike.members.length === 0) this.#ready.delete(askedBy(place.entry));
  }

  #rearrange(): void {
    this.#latestMs = Number.NEGATIVE_INFINITY;
    this.#ready.clear();
    Object.assign(this.#readyByPriority, { P0: 0, P1: 0, P2: 0, P3: 0 });
    this.#early.clear();
    this.#untold.clear();
    this.#dependants.clear();
    for (const place of this.#places.values()) this.#arrange(place);
  }
}

/** Whether nothing but what was told of it is another. */
function isRetold(before: Waiting, after: Waiting): boolean {
  return (
    before.task === after.task &&
    before.sinceMs === after.sinceMs &&
    before.notBeforeMs === after.notBeforeMs &&
    before.needs === after.needs &&
    before.probe === after.probe
  );
}

function byTime(a: Place, b: Place): number {
  return (a.entry.notBeforeMs ?? 0) - (b.entry.notBeforeMs ?? 0) || byOrdinal(a, b);
}

/** What is known of each map of tasks. It follows from the map alone: where it is missing, it is made anew. */
const known = new WeakMap<Entries, Queue>();

export function queueOf(waiting: Entries): Queue {
  const queue = known.get(waiting) ?? new Queue(waiting);
  known.set(waiting, queue);
  return queue;
}

/** The next map of tasks: it takes over what was known of the map before. */
export class QueueDraft {
  readonly #draft: MapDraft<Waiting>;

  constructor(from: Entries) {
    this.#draft = new MapDraft(from);
  }

  get entries(): Entries {
    return this.#draft.entries;
  }

  set(id: string, entry: Waiting): void {
    const queue = this.#taken();
    this.#draft.set(id, entry);
    known.set(this.entries, queue);
    queue.set(id, entry);
  }

  delete(id: string): void {
    if (!this.entries.has(id)) return;
    const queue = this.#taken();
    this.#draft.delete(id);
    known.set(this.entries, queue);
    queue.delete(id);
  }

  /** What was known of the map so far, which from now on is another. */
  #taken(): Queue {
    const queue = queueOf(this.entries);
    known.delete(this.entries);
    return queue;
  }
}
