import type { z } from "zod";
import type { Clock } from "../../kernel/clock.ts";
import type { Files } from "../../kernel/files.ts";
import type { Log } from "../../kernel/log.ts";
import type { Modules } from "../../kernel/modules.ts";
import type { Web } from "../../kernel/web.ts";
import { checked } from "../checked.ts";
import type { KnownScripts } from "../meaning/scripts.ts";

/**
 * Turns texts into vectors that lie near each other where the texts mean the same.
 *
 * Guarantees that the contract suite checks of each:
 *  1. `embed` gives one vector a text, in their order, each of `model.dimension` finite numbers.
 *  2. Texts that mean the same are nearer to each other than texts that do not; equal texts have vectors of nearly equal
 *     direction, whatever they were embedded together with.
 *  3. Any text is taken, the empty one and one that is longer than the model reads.
 *  4. It rejects with `embedder.unavailable` when it cannot be used, and is asked again later.
 */
export interface Embedder {
  readonly model: EmbedderModel;
  embed(texts: readonly string[], as: TextRole): Promise<readonly Float32Array[]>;
  close?(): Promise<void>;
}

/** Some models read a question otherwise than what may answer it. */
export type TextRole = "question" | "passage";

export interface EmbedderModel {
  readonly name: string;
  /** Of its weights: the same model in another one gives other vectors. */
  readonly dtype: string;
  /** What else makes its vectors what they are: pooling, prefixes. */
  readonly form?: string | undefined;
  readonly dimension: number;
  /** Scripts that it has learned. */
  readonly scripts: KnownScripts;
}

/** Names how vectors were made. Those of different names are never compared. */
export function fingerprintOf({ name, dtype, dimension, form }: EmbedderModel): string {
  return [name, dtype, String(dimension), ...(form === undefined ? [] : [form])].join(" ");
}

/** What an embedder may ask of the world. */
export interface EmbedderPorts {
  readonly clock: Clock;
  readonly files: Files;
  readonly log: Log;
  readonly web: Web;
  readonly modules: Modules;
  /** Where models are kept that the user has not put elsewhere; absolute. */
  readonly models: string;
}

/** One way to embed texts: what it must be told, and how it is opened. */
export interface EmbedderKind<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  /** What it is, for the reference of the configuration. */
  readonly says: string;
  readonly options: S;
  /**
   * Ready to embed. Rejects with `input.invalid` for options it does not know, with `embedder.unavailable` when what it needs
   * is not there; it fetches nothing. Absent where nothing is embedded.
   */
  readonly open?: ((options: unknown, ports: EmbedderPorts) => Promise<Embedder>) | undefined;
  /** Fetches what `open` needs. Kinds that need nothing leave it out. */
  readonly download?:
    | ((options: unknown, ports: EmbedderPorts, tell: (progress: Progress) => void) => Promise<void>)
    | undefined;
}

/** How far a download is. */
export interface Progress {
  readonly file: string;
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

export function embedderKind<S extends z.ZodType>(definition: {
  readonly name: string;
  readonly says: string;
  readonly options: S;
  readonly open: (options: z.output<S>, ports: EmbedderPorts) => Promise<Embedder>;
  readonly download?: (options: z.output<S>, ports: EmbedderPorts, tell: (progress: Progress) => void) => Promise<void>;
}): EmbedderKind<S> & Required<Pick<EmbedderKind, "open">> {
  const { name, says, options, open, download } = definition;
  const read = (given: unknown) => checked(options, given, `embedder ${name}`);
  return {
    name,
    says,
    options,
    open: async (given, ports) => open(read(given), ports),
    ...(download === undefined ? {} : { download: async (given, ports, tell) => download(read(given), ports, tell) }),
  };
}
