import { AiosError } from "../../kernel/errors.ts";
import type { Reader } from "../access.ts";
import type { Meaning } from "./meaning.ts";
import type { EmbedderStatus } from "./status.ts";

/** What a reader may ask and order of a memory's embedder. */
export class EmbedderDesk {
  readonly #reader: Reader;
  readonly #meaning: Meaning | undefined;

  constructor(reader: Reader, meaning: Meaning | undefined) {
    this.#reader = reader;
    this.#meaning = meaning;
  }

  /** Where search by meaning stands. */
  async status(): Promise<EmbedderStatus> {
    return (await this.#meaning?.status()) ?? { embedder: "none", state: "off", embedded: 0, waiting: 0 };
  }

  /**
   * Embeds what has no vector yet, in the background; `anew`, everything. Only the operator may. Rejects with `conflict` when
   * no embedder is configured.
   */
  async reindex(options: { readonly anew?: boolean } = {}): Promise<EmbedderStatus> {
    await this.#demand("reindexes").reindex(options.anew === true);
    return this.status();
  }

  /** Fetches the model, in the background. Only the operator may. Rejects with `conflict` when there is none to fetch. */
  async download(): Promise<EmbedderStatus> {
    this.#demand("downloads").download();
    return this.status();
  }

  /** Resolves when everything that was stored is embedded, or cannot be now. */
  async settled(): Promise<EmbedderStatus> {
    await this.#meaning?.settled();
    return this.status();
  }

  #demand(does: string): Meaning {
    if (this.#reader.kind !== "operator") throw new AiosError("auth.refused", `only the operator ${does} the memory`);
    if (this.#meaning === undefined)
      throw new AiosError("conflict", "no embedder is configured: `memory.embedder` names one");
    return this.#meaning;
  }
}
