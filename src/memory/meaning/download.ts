import { AiosError, messageOf } from "../../kernel/errors.ts";
import type { Log } from "../../kernel/log.ts";
import type { EmbedderSource } from "../embedders/source.ts";
import type { DownloadStatus } from "./status.ts";

export interface DownloadDeps {
  readonly source: EmbedderSource;
  readonly log: Log;
  /** What the embedder needs is there now. */
  readonly fetched: () => void;
  /** The status is another one. */
  readonly changed: () => void;
}

/** Fetches what an embedder needs, once at a time and in the background. A failure stays told until the next try. */
export class ModelDownload {
  readonly #deps: DownloadDeps;
  #status: DownloadStatus | undefined;
  #running: Promise<void> | undefined;

  constructor(deps: DownloadDeps) {
    this.#deps = deps;
  }

  get status(): DownloadStatus | undefined {
    return this.#status;
  }

  /** Resolves with the end of what is being fetched; `undefined` when nothing is. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Comes back at once. Throws `conflict` when there is nothing to fetch. */
  begin(): void {
    const { source, changed } = this.#deps;
    if (source.download === undefined)
      throw new AiosError("conflict", `the embedder ${source.name} needs nothing that could be downloaded`);
    if (this.#running !== undefined) return;
    this.#tell({ state: "running" });
    this.#running = this.#fetch(source.download).finally(() => {
      this.#running = undefined;
      changed();
    });
  }

  async #fetch(download: NonNullable<EmbedderSource["download"]>): Promise<void> {
    const { fetched, log } = this.#deps;
    try {
      await download((progress) => this.#tell({ state: "running", ...progress }));
      this.#tell({ state: "done" });
      fetched();
    } catch (failure) {
      log.warn("the embedder's model could not be downloaded", { failure: messageOf(failure) });
      this.#tell({ state: "failed", why: messageOf(failure) });
    }
  }

  #tell(status: DownloadStatus): void {
    this.#status = status;
    this.#deps.changed();
  }
}
