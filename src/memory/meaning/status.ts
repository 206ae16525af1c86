import type { Progress } from "../embedders/kind.ts";

/** How far search by meaning is, as it is known without asking the store. */
export interface EmbedderProgress {
  /**
   * `off`: none is configured. `opening`: it is being loaded. `embedding`: items are being embedded for the first time, or
   * anew, and questions are answered by words meanwhile. `ready`: questions are answered by meaning too. `failed`: it cannot
   * be used now; it is tried again.
   */
  readonly state: "off" | "opening" | "embedding" | "ready" | "failed";
  /** Items with a vector of exactly this embedder, its weights' type included. */
  readonly embedded: number;
  /** Items that wait for one. */
  readonly waiting: number;
  /** What became of the last download that was asked for. */
  readonly download?: DownloadStatus;
  /** What is wrong, in words. */
  readonly why?: string;
}

export type DownloadStatus =
  | ({ readonly state: "running" } & Partial<Progress>)
  | { readonly state: "done" }
  | { readonly state: "failed"; readonly why: string };

/** Where search by meaning stands. */
export interface EmbedderStatus extends EmbedderProgress {
  /** As the configuration names it. */
  readonly embedder: string;
  readonly model?: ModelStatus;
  /** How many items there are, where the store answers. */
  readonly items?: number;
  /** Items without a vector of this embedder. */
  readonly lacking?: number;
  /** Vectors that other embedders made: never compared, and gone once every item has one of this. */
  readonly others: readonly OtherVectors[];
}

export interface OtherVectors {
  /** The fingerprint of their embedder: model, type of weights, dimension, form. */
  readonly by: string;
  readonly items: number;
}

export interface ModelStatus {
  readonly name: string;
  readonly dtype: string;
  readonly dimension: number;
  /** Of languages that it has learned. */
  readonly scripts: "any" | readonly string[];
}
