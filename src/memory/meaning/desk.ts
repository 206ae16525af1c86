import { AiosError } from "../../kernel/errors.ts";
import type { Reader } from "../access.ts";
import type { MemoryBackend } from "../backend.ts";
import type { Meaning } from "./meaning.ts";
import type { EmbedderProgress, EmbedderStatus } from "./status.ts";
import { othersThan } from "./vectors.ts";

const off = { state: "off", embedded: 0, waiting: 0 } as const satisfies EmbedderProgress;

/** What the operator may ask and order of a memory's embedder. Everybody else is refused with `auth.refused`. */
export class EmbedderDesk {
  readonly #reader: Reader;
  readonly #backend: MemoryBackend;
  readonly #meaning: Meaning | undefined;

  constructor(reader: Reader, backend: MemoryBackend, meaning: Meaning | undefined) {
    this.#reader = reader;
    this.#backend = backend;
    this.#meaning = meaning;
  }

  /** Where search by meaning stands. It counts every space's items. */
  async status(): Promise<EmbedderStatus> {
    this.#admit("asks about the embedder of");
    if (this.#meaning !== undefined) return this.#meaning.status();
    const census = await this.#backend.vectors?.census().catch(() => undefined);
    const known = census === undefined ? {} : { items: census.items, lacking: census.items };
    return { embedder: "none", ...off, ...known, others: census === undefined ? [] : othersThan(undefined, census) };
  }

  /** How far it is, now and after every change, until nothing is under way. */
  async *follow(): AsyncGenerator<EmbedderProgress> {
    this.#admit("follows the embedder of");
    if (this.#meaning === undefined) yield off;
    else yield* this.#meaning.follow();
  }

  /** Why words alone answer, for everybody who asks the memory; `undefined` where meaning does too, or is not wanted. */
  note(): string | undefined {
    return this.#meaning?.note();
  }

  /**
   * Embeds what has no vector yet, in the background; `anew`, everything. Rejects with `conflict` when no embedder is
   * configured.
   */
  async reindex(options: { readonly anew?: boolean } = {}): Promise<EmbedderStatus> {
    await this.#demand("embeds anew").reindex(options.anew === true);
    return this.status();
  }

  /** Fetches the model, in the background. Rejects with `conflict` when there is none to fetch. */
  async download(): Promise<EmbedderStatus> {
    this.#demand("downloads the model of").download();
    return this.status();
  }

  /** Resolves when everything that was stored is embedded, or cannot be now. */
  async settled(): Promise<EmbedderStatus> {
    await this.#meaning?.settled();
    return this.status();
  }

  #demand(does: string): Meaning {
    this.#admit(does);
    if (this.#meaning === undefined)
      throw new AiosError("conflict", "no embedder is configured: `memory.embedder` names one");
    return this.#meaning;
  }

  #admit(does: string): void {
    if (this.#reader.kind !== "operator") throw new AiosError("auth.refused", `only the operator ${does} the memory`);
  }
}
