import type { Clock } from "../../kernel/clock.ts";
import type { StoredItem } from "../item.ts";
import type { ServerChange, ServerOutcome } from "./store.ts";
import { TermStatistics } from "./term-statistics.ts";

/** How long the statistics may be behind what other processes write. */
const FOLLOW_MS = 30_000;

export interface StatisticsDeps {
  readonly clock: Clock;
  readonly revision: () => Promise<string>;
  readonly scan: () => AsyncIterable<StoredItem>;
}

/**
 * What BM25 must know of a whole memory: counted once with the first question, then kept in step with what this process
 * writes; anew when another one has written.
 */
export class FollowedStatistics {
  readonly #deps: StatisticsDeps;
  #statistics: Promise<TermStatistics> | undefined;
  #counting: TermStatistics | undefined;
  /** The server's revision as this process's own writes make it, and when that was last compared. */
  #followed: { readonly revision: string; readonly atMs: number; readonly writes: number } | undefined;
  #writesDone = 0;

  constructor(deps: StatisticsDeps) {
    this.#deps = deps;
  }

  /** A write of this process has arrived. */
  note(change: ServerChange, { before }: Extract<ServerOutcome, { kind: "done" }>): void {
    this.#writesDone += 1;
    if (change.op === "put") this.#counting?.change(before, change.item);
    else if (change.op === "remove") this.#counting?.change(before, undefined);
  }

  /** Somebody else may have written: the next question counts anew. */
  reset(): void {
    this.#statistics = undefined;
    this.#counting = undefined;
  }

  async current(): Promise<TermStatistics> {
    const { clock, revision: ask } = this.#deps;
    const nowMs = clock.now();
    if (this.#statistics !== undefined && this.#followed !== undefined) {
      if (nowMs - this.#followed.atMs < FOLLOW_MS) return this.#statistics;
      const revision = await ask();
      const isOurs = this.#followed.revision === revision || this.#writesDone !== this.#followed.writes;
      this.#followed = { revision, atMs: nowMs, writes: this.#writesDone };
      if (isOurs) return this.#statistics;
    }
    this.#statistics = this.#count().catch((failure: unknown) => {
      this.#statistics = undefined;
      throw failure;
    });
    return this.#statistics;
  }

  async #count(): Promise<TermStatistics> {
    const { clock, revision, scan } = this.#deps;
    this.#followed = { revision: await revision(), atMs: clock.now(), writes: this.#writesDone };
    const statistics = new TermStatistics();
    this.#counting = statistics;
    for await (const item of scan()) statistics.change(undefined, item);
    return statistics;
  }
}
