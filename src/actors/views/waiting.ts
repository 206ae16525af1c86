interface Task {
  readonly id: string;
  readonly state: string;
  readonly spec: { readonly agentId?: string | undefined };
}

/**
 * Which tasks wait for which agent: queued, and asked of it by name. Found when somebody first asks, and followed from
 * there: a start from a checkpoint must not read tasks for it.
 */
export class Waiting {
  readonly #agentOf = new Map<string, string>();
  readonly #tasksOf = new Map<string, Set<string>>();
  #isFound = false;

  /** A task is now as `task` says. */
  note(task: Task): void {
    if (this.#isFound) this.#move(task);
  }

  /** Everything may be otherwise. */
  forget(): void {
    this.#agentOf.clear();
    this.#tasksOf.clear();
    this.#isFound = false;
  }

  /**
   * Ids of tasks by agent, agents and tasks in no order.
   *
   * @param queued all that are queued, for the first time
   */
  byAgent(queued: () => Iterable<Task>): ReadonlyMap<string, ReadonlySet<string>> {
    if (!this.#isFound) for (const task of queued()) this.#move(task);
    this.#isFound = true;
    return this.#tasksOf;
  }

  #move({ id, state, spec }: Task): void {
    const agentId = state === "queued" ? spec.agentId : undefined;
    const before = this.#agentOf.get(id);
    if (agentId === before) return;
    if (before !== undefined) this.#leave(id, before);
    if (agentId !== undefined) this.#enter(id, agentId);
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
