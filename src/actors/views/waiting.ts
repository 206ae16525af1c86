interface Task {
  readonly id: string;
  readonly state: string;
  readonly spec: { readonly agentId?: string | undefined };
}

/**
 * Which tasks wait for which agent: queued, and asked of it by name.
 *
 * Invariant: every such task is under its agent, or among those that a checkpoint named, whose agents are found out when
 * somebody asks.
 */
export class Waiting {
  readonly #agentOf = new Map<string, string>();
  readonly #tasksOf = new Map<string, Set<string>>();
  /** Queued when the checkpoint was taken, and not changed since. */
  #untold = new Set<string>();
  readonly #row: (id: string) => Task | undefined;

  constructor(row: (id: string) => Task | undefined) {
    this.#row = row;
  }

  /** A task is now as `row` says. */
  note({ id, state, spec }: Task): void {
    this.#untold.delete(id);
    const agentId = state === "queued" ? spec.agentId : undefined;
    const before = this.#agentOf.get(id);
    if (agentId === before) return;
    if (before !== undefined) this.#leave(id, before);
    if (agentId !== undefined) this.#enter(id, agentId);
  }

  /** Begins anew with tasks that are queued, without looking at them. */
  restart(queued: Iterable<string>): void {
    this.#agentOf.clear();
    this.#tasksOf.clear();
    this.#untold = new Set(queued);
  }

  /** Ids of tasks by agent, agents and tasks in no order. */
  byAgent(): ReadonlyMap<string, ReadonlySet<string>> {
    this.#findOut();
    return this.#tasksOf;
  }

  #findOut(): void {
    if (this.#untold.size === 0) return;
    for (const id of [...this.#untold]) {
      const row = this.#row(id);
      if (row !== undefined) this.note(row);
    }
    this.#untold.clear();
  }

  #enter(id: string, agentId: string): void {
    this.#agentOf.set(id, agentId);
    const tasks = this.#tasksOf.get(agentId);
    if (tasks === undefined) this.#tasksOf.set(agentId, new Set([id]));
    else tasks.add(id);
  }

  #leave(id: string, agentId: string): void {
    this.#agentOf.delete(id);
    const tasks = this.#tasksOf.get(agentId);
    tasks?.delete(id);
    if (tasks?.size === 0) this.#tasksOf.delete(agentId);
  }
}
