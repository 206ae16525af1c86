import type { StoredItem, StoredLink } from "./item.ts";
import type { VectorShelf } from "./meaning/vectors.ts";
import type { Migration } from "./migration/report.ts";
import type { Findable } from "./ranking/findable.ts";
import type { Nearness } from "./ranking/nearness.ts";
import type { Question } from "./ranking/question.ts";
import type { ItemScope } from "./scope.ts";

/**
 * Where memory is kept. Ranking, isolation and validity live above this port, so every backend gives the same answers.
 *
 * Guarantees that the contract suite checks of each:
 *  1. What a promise has confirmed is read back by everything that starts after it, also by another process when `shared`,
 *     and survives a crash when `durable`.
 *  2. `upsert` with a version writes only over exactly that version; of two writers with the same one, one gets `conflict`.
 *  3. `remove` takes the item's links with it. Once it has resolved no answer and no file of the engine holds the item's
 *     content; a server's own logs and segments keep it until the server rotates them.
 *  4. Text, keys and data come back as they were given, byte for byte.
 *  5. Failing to reach the store rejects with `memory.unavailable`; nothing is half written.
 *  6. Links are drawn between items that are there; `link` rejects with `not_found` otherwise, and draws nothing.
 *  7. `candidates` hold the items that rank best for the question, so that ranking them gives what ranking all would give.
 */
export interface MemoryBackend extends AsyncDisposable {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /**
   * Writes an item whole. `expected` is the version it must replace, 0 for none there yet; left out, it replaces any.
   */
  upsert(item: StoredItem, expected?: number): Promise<"written" | "conflict">;
  get(id: string): Promise<StoredItem | undefined>;
  /** Those of the items that are there, by id. */
  getAll(ids: readonly string[]): Promise<ReadonlyMap<string, StoredItem>>;
  /** Removing what is not there answers `false`. */
  remove(id: string): Promise<boolean>;
  /**
   * Every item of the scope, and possibly others, in no promised order. An item that nobody changed in between is the same
   * object as last time where that is possible.
   */
  scan(scope?: ItemScope): AsyncIterable<StoredItem>;
  /** Changes whenever any item may have changed, also by another process. */
  revision(): Promise<string>;
  /**
   * The items that were written or removed, or whose vectors were, after a revision that this backend gave; `undefined` when
   * only looking at all of them tells. Where it is missing, all of them are looked at after every change.
   */
  changedSince?(revision: string): Promise<Changed | undefined>;
  /** What the store's own index finds for a text. Backends that hold everything in memory leave it out. */
  readonly candidates?: ((question: CandidateQuestion) => Promise<Candidates>) | undefined;
  /** Where the vectors of items are; a backend without it is asked by words alone. */
  readonly vectors?: VectorShelf | undefined;
  /** Draws a link; an equal one is replaced. */
  link(link: StoredLink): Promise<void>;
  /** Removes the links between two items that `matches`; answers how many there were. */
  unlink(from: string, to: string, matches: (link: StoredLink) => boolean): Promise<number>;
  /** Every link that begins or ends at one of these items. */
  neighbours(ids: readonly string[]): Promise<readonly StoredLink[]>;
  /** Whether the store answers; a backend without this always does. */
  health?(): BackendHealth;
  /**
   * Until the answer is called a write is refused, rather than kept, while the store is away: for a copy, which is begun
   * again when it breaks off. Backends that keep nothing leave it out.
   */
  withoutOutbox?(): () => void;
  /** Moves everything to the backend of that name and serves from it; see `SwitchingBackend`. */
  moveTo?(name: string): Promise<Migration>;
  close(): Promise<void>;
}

export interface Changed {
  /** Of what is told. */
  readonly revision: string;
  /** By id, as they are now; `undefined` for those that are gone. */
  readonly items: ReadonlyMap<string, StoredItem | undefined>;
}

export interface BackendCapabilities {
  /** Survives the process. */
  readonly durable: boolean;
  /** Several processes may use it at once. */
  readonly shared: boolean;
  /** While the store is away, `upsert` and `link` are kept and delivered later. */
  readonly outbox: boolean;
}

export interface CandidateQuestion {
  readonly question: Question;
  /** What the question means, where an embedder said so. */
  readonly meaning?: AskedMeaning | undefined;
  /** Who asks sees these; left out, all. Statistics come from them alone. */
  readonly readers?: readonly string[];
  /** Which of them may be answers. */
  readonly scope: ItemScope;
  /** At least so many of the best. */
  readonly limit: number;
}

/** A question as a vector. */
export interface AskedMeaning {
  /** The fingerprint of the embedder: only vectors of the same are compared with it. */
  readonly by: string;
  readonly vector: Float32Array;
}

export interface Candidates {
  readonly index: Findable;
  /** How near the items are to what was asked; where it is missing, words alone count. */
  readonly nearness?: Nearness | undefined;
  /** What the asker should know about the answer, in words. */
  readonly note?: string;
}

export type BackendHealth =
  | { readonly state: "ready" }
  | {
      readonly state: "degraded";
      /** In words, with the address and without credentials. */
      readonly why: string;
      readonly sinceMs: number;
      /** Writes that are kept until the store is back. */
      readonly waiting: number;
    };
