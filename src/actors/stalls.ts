import { type Stall, stallKey } from "../kernel/watch.ts";

/** What engines before this one were ended at, and what is therefore left alone. */
export class Stalls {
  readonly ended: readonly Stall[];
  readonly #times = new Map<string, { readonly stall: Stall; readonly times: number }>();
  readonly #skipAfter: number;

  /** @param skipAfter ends at one and the same thing after which it is not done again */
  constructor(past: readonly Stall[], skipAfter: number) {
    this.#skipAfter = skipAfter;
    this.ended = past.filter(({ ended }) => ended);
    for (const stall of this.ended) {
      const key = stallKey(stall);
      this.#times.set(key, { stall, times: (this.#times.get(key)?.times ?? 0) + 1 });
    }
  }

  /** Events that must not be told to an actor again. */
  skipped(): readonly {
    readonly actor: string;
    readonly sequence: number;
    readonly what: string;
    readonly times: number;
  }[] {
    return [...this.#times.values()].flatMap(({ stall: { actor, sequence, what }, times }) =>
      sequence > 0 && times >= this.#skipAfter ? [{ actor, sequence, what, times }] : [],
    );
  }

  /** Why a task is not given to an agent again; `undefined` when nothing speaks against it. */
  refusalOf(taskId: string, agentId: string): string | undefined {
    const times =
      this.#times.get(stallKey({ actor: `agent/${agentId}`, sequence: 0, what: `task/${taskId}` }))?.times ?? 0;
    if (times < this.#skipAfter) return undefined;
    return `it kept the engine's thread to itself until the process was ended, ${times} times: mend the function, then take its lines out of watchdog.jsonl`;
  }
}
