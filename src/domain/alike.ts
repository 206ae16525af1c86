import type { Priority } from "../events/vocabulary.ts";
import { Ordered } from "./ordered.ts";
import type { Waiting } from "./waiting.ts";

/** Where a waiting task stands among the others. */
export interface Place {
  readonly id: string;
  /** Grows with each task that joins the queue. */
  readonly ordinal: number;
  entry: Waiting;
}

export const byOrdinal = (a: Place, b: Place) => a.ordinal - b.ordinal;
const byAge = (a: Place, b: Place) => a.entry.sinceMs - b.entry.sinceMs || a.ordinal - b.ordinal;

/** What a task asks for: tasks that ask for the same thing get the same answer. */
export function askedBy({ task: { agentId = "", capability = "" }, probe }: Waiting): string {
  return `${agentId}|${capability}|${probe}`;
}

/** Tasks that wait for nothing but an agent, and ask for the same one: their answer is found once for all of them. */
export class Alike {
  /** In the order of the queue. */
  readonly #members = new Ordered<Place>(byOrdinal);
  readonly #oldest = new Map<Priority, Ordered<Place>>();
  /** By what was last told of them: mostly that is the same for all. */
  readonly #byTold = new Map<string | undefined, Set<Place>>();

  /** In the order of the queue. */
  get members(): readonly Place[] {
    return this.#members.members;
  }

  /** Asks for what all of them ask; there is one while the group is in a queue. */
  get first(): Place | undefined {
    return this.#members.first;
  }

  /** Those of a priority, the oldest first. */
  ofPriority(priority: Priority): readonly Place[] {
    return this.#oldest.get(priority)?.members ?? [];
  }

  /** Those of whom something else was told last, in the order of the queue. */
  toldOtherwise(told: string): readonly Place[] {
    if (this.#byTold.size === 1 && this.#byTold.has(told)) return [];
    const others = this.members.length - (this.#byTold.get(told)?.size ?? 0);
    // Mostly it is one that just came, or all of them.
    if (others > this.members.length / 2) return this.members.filter(({ entry }) => entry.told !== told);
    const few: Place[] = [];
    for (const [said, places] of this.#byTold) if (said !== told) few.push(...places);
    return few.sort(byOrdinal);
  }

  add(place: Place): void {
    const { priority } = place.entry.task;
    const oldest = this.#oldest.get(priority) ?? new Ordered(byAge);
    this.#oldest.set(priority, oldest);
    this.#members.add(place);
    oldest.add(place);
    this.#note(place);
  }

  remove(place: Place): void {
    this.#members.remove(place);
    this.#oldest.get(place.entry.task.priority)?.remove(place);
    this.#forget(place);
  }

  /** The same task, of which something else was told. */
  retell(place: Place, entry: Waiting): void {
    this.#forget(place);
    place.entry = entry;
    this.#note(place);
  }

  #note(place: Place): void {
    const { told } = place.entry;
    const places = this.#byTold.get(told);
    if (places === undefined) this.#byTold.set(told, new Set([place]));
    else places.add(place);
  }

  #forget(place: Place): void {
    const { told } = place.entry;
    const places = this.#byTold.get(told);
    places?.delete(place);
    if (places?.size === 0) this.#byTold.delete(told);
  }
}

/** Groups in the order of the queue: the one whose first member joined first is first. */
export const byFirst = (a: Alike, b: Alike) => (a.first?.ordinal ?? 0) - (b.first?.ordinal ?? 0);
