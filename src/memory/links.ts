import type { Clock } from "../kernel/clock.ts";
import { canRead, canSeeLink, canWrite, homeOf, type Reader } from "./access.ts";
import type { MemoryBackend } from "./backend.ts";
import { checked } from "./checked.ts";
import { type Step, walk } from "./graph.ts";
import { idOf, type StoredItem, type StoredLink } from "./item.ts";
import { type LinkOptions, linkOptions, type NeighbourOptions, neighbourOptions } from "./requests.ts";
import type { InSpace, Vault } from "./vault.ts";
import { itemView, linkView, type MemoryItem, type MemoryPath, type Neighbour } from "./view.ts";

const LONGEST_PATH = 8;

/** A reader's links between items: drawn, taken away and walked. What the reader may not see leads nowhere. */
export class Links {
  readonly #backend: MemoryBackend;
  readonly #clock: Clock;
  readonly #reader: Reader;
  readonly #vault: Vault;

  constructor(backend: MemoryBackend, clock: Clock, reader: Reader, vault: Vault) {
    this.#backend = backend;
    this.#clock = clock;
    this.#reader = reader;
    this.#vault = vault;
  }

  /** Links two items. `link(a, b, "related_to")` names the relation alone. Drawing the same link again keeps one. */
  async draw(from: string, to: string, options: string | LinkOptions): Promise<void> {
    const { relation, evidence, space } = checked(
      linkOptions,
      typeof options === "string" ? { relation: options } : options,
      "link",
    );
    const [a, b] = await this.#vault.both(from, to, space);
    await this.#backend.link({
      from: idOf(a),
      to: idOf(b),
      relation,
      space: this.#linkSpace(a),
      createdAtMs: this.#clock.now(),
      ...(evidence === undefined ? {} : { evidence }),
    });
  }

  /** Removes the links from one item to another, all of them or those of one relation; answers how many there were. */
  async remove(from: string, to: string, options: string | LinkOptions): Promise<number> {
    const given = typeof options === "string" ? { relation: options } : options;
    const { space } = checked(linkOptions, given, "link");
    const [a, b] = await this.#vault.both(from, to, space);
    const mayRemove = (link: StoredLink) =>
      canWrite(this.#reader, link.space) && (given.relation === undefined || link.relation === given.relation);
    return this.#backend.unlink(idOf(a), idOf(b), mayRemove);
  }

  /** The items around an item, nearest first, each with the link it was reached by. */
  async around(key: string, options: NeighbourOptions): Promise<readonly Neighbour[]> {
    const { depth, relations, space } = checked(neighbourOptions, options, "neighbours");
    const start = await this.#vault.demand(key, space === undefined ? {} : { space });
    const found: Neighbour[] = [];
    for await (const step of this.#walk(start, depth, relations)) {
      if (step.via !== undefined)
        found.push({ item: this.#view(step.item), depth: step.depth, via: linkView(step.via) });
    }
    return found;
  }

  /** A shortest way along links in either direction, or `undefined` when there is none of at most eight. */
  async between(from: string, to: string, options: InSpace): Promise<MemoryPath | undefined> {
    const [a, b] = await this.#vault.both(from, to, options.space);
    if (idOf(a) === idOf(b)) return { nodes: [this.#view(a)], links: [] };
    for await (const step of this.#walk(a, LONGEST_PATH)) {
      if (step.id !== idOf(b)) continue;
      const steps: Step[] = [];
      for (let at: Step | undefined = step; at !== undefined; at = at.from) steps.unshift(at);
      return {
        nodes: steps.map(({ item }) => this.#view(item)),
        links: steps.flatMap(({ via }) => (via === undefined ? [] : [linkView(via)])),
      };
    }
    return undefined;
  }

  #walk(start: StoredItem, depth: number, relations?: readonly string[]): AsyncIterable<Step> {
    return walk(this.#backend, { id: idOf(start), item: start }, depth, {
      item: async (id) => {
        const item = await this.#backend.get(id);
        return item !== undefined && canRead(this.#reader, item) ? item : undefined;
      },
      link: (link) => canSeeLink(this.#reader, link) && (relations === undefined || relations.includes(link.relation)),
    });
  }

  /** The operator's links are as visible as the item they begin at; an agent's are its own. */
  #linkSpace(from: StoredItem): string {
    return canWrite(this.#reader, from.space) ? from.space : homeOf(this.#reader);
  }

  #view(item: StoredItem): MemoryItem {
    return itemView(item, canWrite(this.#reader, item.space));
  }
}
