import type { Clock } from "../kernel/clock.ts";
import { canWrite, homeOf, type Reader } from "./access.ts";
import type { MemoryBackend } from "./backend.ts";
import { idOf, type StoredItem } from "./item.ts";
import type { Finding } from "./likeness/findings.ts";
import { Merging } from "./merging.ts";
import type { Search } from "./search.ts";
import { dueForArchive, type Forgetting } from "./tiers.ts";
import { absent, type InSpace, spaceIn, type Vault } from "./vault.ts";
import { itemView, type MemoryItem } from "./view.ts";

/** Two items of one space that say the same, or the opposite. */
export interface Alike {
  readonly kind: Finding["kind"];
  readonly space: string;
  /** Of two that say the same, the one to keep. */
  readonly keep: string;
  readonly other: string;
  /** How much of what they speak about is common, 0 to 1. */
  readonly share: number;
  readonly why: string;
}

export interface Archived {
  readonly key: string;
  readonly space: string;
  readonly why: string;
}

interface CareDeps {
  readonly backend: MemoryBackend;
  readonly clock: Clock;
  readonly reader: Reader;
  readonly vault: Vault;
  readonly search: Search;
}

/** Keeps a memory in order, on a reader's behalf: in the spaces that the reader may write, and without deleting anything. */
export class Care {
  readonly #deps: CareDeps;
  readonly #merging: Merging;

  constructor(deps: CareDeps) {
    const { backend, clock, reader, vault, search } = deps;
    this.#deps = deps;
    this.#merging = new Merging(backend, clock, reader, vault, search);
  }

  /** What says the same and what contradicts in one space; nothing is changed. */
  async review(options: InSpace = {}): Promise<readonly Alike[]> {
    return (await this.#merging.review(options)).map(alike);
  }

  /** Merges what says the same and links what contradicts; answers what was done. Doing it again does nothing. */
  async tidy(options: InSpace = {}): Promise<readonly Alike[]> {
    return (await this.#merging.tidy(options)).map(alike);
  }

  /** Has one item stand for another of its space, until `unmerge`. Answers the one that is kept. */
  async merge(keep: string, duplicate: string, options: InSpace & { readonly why?: string } = {}): Promise<MemoryItem> {
    return this.#view(await this.#merging.merge(keep, duplicate, options.why ?? "somebody said so", options));
  }

  /** Takes a merge back: both items are what they were, byte for byte, and with what was changed since. */
  async unmerge(key: string, options: InSpace = {}): Promise<MemoryItem> {
    return this.#view(await this.#merging.unmerge(key, options));
  }

  /** Before an item is removed: the one that stands for it no longer does. */
  async leave({ space, key, merged }: StoredItem): Promise<void> {
    if (merged !== undefined) await this.#merging.release(idOf({ space, key: merged.into }), key);
  }

  /** Puts what is due into the archive, in one space or in all that the reader may write. */
  async sweep(options: InSpace & { readonly policy?: Forgetting } = {}): Promise<readonly Archived[]> {
    const { search, clock, reader, vault } = this.#deps;
    const space = spaceIn(options) ?? (reader.kind === "operator" ? undefined : homeOf(reader));
    const nowMs = clock.now();
    const archived: Archived[] = [];
    for (const item of await search.items(space === undefined ? {} : { space })) {
      if (!canWrite(reader, item.space) || dueForArchive(item, nowMs, options.policy) === undefined) continue;
      const { effect } = await vault.change(idOf(item), (known) => {
        if (known === undefined) throw absent(item.key);
        // Somebody may have changed it since it was looked at.
        if (dueForArchive(known, nowMs, options.policy) === undefined) return { item: known, effect: "unchanged" };
        return { item: { ...known, tier: "archive", version: known.version + 1 }, effect: "replaced" };
      });
      const why = dueForArchive(item, nowMs, options.policy);
      if (effect === "replaced" && why !== undefined) archived.push({ key: item.key, space: item.space, why });
    }
    return archived;
  }

  #view(item: StoredItem): MemoryItem {
    return itemView(item, canWrite(this.#deps.reader, item.space));
  }
}

function alike({ kind, keep, other, share, why }: Finding): Alike {
  return { kind, space: keep.space, keep: keep.key, other: other.key, share, why };
}
