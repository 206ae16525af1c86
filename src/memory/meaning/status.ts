import type { Progress } from "../embedders/kind.ts";

/** Where search by meaning stands. */
export interface EmbedderStatus {
  /** As the configuration names it. */
  readonly embedder: string;
  /**
   * `off`: none is configured. `opening`: it is being loaded. `embedding`: items are being embedded for the first time, or
   * anew, and questions are answered by words meanwhile. `ready`: questions are answered by meaning too. `failed`: it cannot
   * be used now; it is tried again.
   */
  readonly state: "off" | "opening" | "embedding" | "ready" | "failed";
  readonly model?: ModelStatus;
  /** Items with a vector of this embedder. */
  readonly embedded: number;
  /** Items that wait for one. */
  readonly waiting: number;
  /** What is being fetched now. */
  readonly download?: Progress;
  /** What is wrong, in words. */
  readonly why?: string;
}

export interface ModelStatus {
  readonly name: string;
  readonly dtype: string;
  readonly dimension: number;
  /** Of languages that it has learned. */
  readonly scripts: "any" | readonly string[];
}
