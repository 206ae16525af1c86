import { inGroups, type Snapshot } from "../kernel/checkpointed.ts";
import { groupsOf, listOf, number, objectOf, optional, pairOf, text } from "../kernel/shape.ts";
import { BEFORE, type Outcome } from "./interference.ts";

const saved = objectOf({
  setups: groupsOf(pairOf(text, text)),
  open: groupsOf(pairOf(text, pairOf(text, number))),
  ended: groupsOf(pairOf(text, listOf(pairOf(number, optional(text))))),
});

/** How the last tasks of each agent ended that began under the setup that it has: at most `BEFORE.most` of each agent. */
export class RecentOutcomes {
  readonly #setups = new Map<string, string>();
  /** Tasks that have not ended: whose they are, and when they began. */
  readonly #open = new Map<string, { readonly agentId: string; readonly began: number }>();
  readonly #ended = new Map<string, readonly Outcome[]>();

  /** What an agent is like from now on. What was counted of another setup, or is under way with it, is dropped. */
  setupIs(agentId: string, setup: string): void {
    const before = this.#setups.get(agentId);
    this.#setups.set(agentId, setup);
    if (before === undefined || before === setup) return;
    this.#ended.delete(agentId);
    for (const [taskId, { agentId: whose }] of this.#open) if (whose === agentId) this.#open.delete(taskId);
  }

  /** A task begins; `began` is higher than that of every task before. */
  begins(taskId: string, agentId: string, began: number): void {
    this.#open.set(taskId, { agentId, began });
  }

  /** A task is over. It counts where it began under the present setup and ended with the same agent. */
  ends(taskId: string, agentId: string | undefined, how: "succeeded" | "failed" | "says_nothing"): void {
    const open = this.#open.get(taskId);
    if (open === undefined) return;
    this.#open.delete(taskId);
    if (how === "says_nothing" || open.agentId !== agentId) return;
    const outcome = { began: open.began, ...(how === "failed" ? { failed: taskId } : {}) };
    this.#ended.set(agentId, [...(this.#ended.get(agentId) ?? []), outcome].slice(-BEFORE.most));
  }

  /**
   * In the order in which they began, up to the first that has not ended: counted as they end, those that take long and
   * fail would be missing at the end.
   */
  of(agentId: string): readonly Outcome[] {
    let oldest = Number.POSITIVE_INFINITY;
    for (const one of this.#open.values()) if (one.agentId === agentId) oldest = Math.min(oldest, one.began);
    return (this.#ended.get(agentId) ?? []).filter(({ began }) => began < oldest).sort((a, b) => a.began - b.began);
  }

  snapshot(): Snapshot {
    return {
      setups: inGroups([...this.#setups]),
      open: inGroups([...this.#open], ([taskId, { agentId, began }]) => [taskId, [agentId, began]]),
      ended: inGroups([...this.#ended], ([agentId, list]) => [
        agentId,
        list.map(({ began, failed }) => [began, failed ?? null]),
      ]),
    };
  }

  /** Takes up a snapshot; throws `checkpoint.unfit` where it is none. `undefined` is one of an engine that kept nothing of it. */
  restore(value: unknown, at: string): void {
    for (const map of [this.#setups, this.#open, this.#ended]) map.clear();
    if (value === undefined) return;
    const { setups, open, ended } = saved(value, at);
    for (const [agentId, setup] of setups) this.#setups.set(agentId, setup);
    for (const [taskId, [agentId, began]] of open) this.#open.set(taskId, { agentId, began });
    for (const [agentId, list] of ended)
      this.#ended.set(
        agentId,
        list.map(([began, failed]) => ({ began, ...(failed === undefined ? {} : { failed }) })),
      );
  }
}
