/** Events that are never told to an actor again, because it failed at them too often. */
export class Skips {
  readonly #byActor = new Map<string, Set<number>>();

  add(actor: string, sequence: number): void {
    const known = this.#byActor.get(actor);
    if (known === undefined) this.#byActor.set(actor, new Set([sequence]));
    else known.add(sequence);
  }

  has(actor: string, sequence: number): boolean {
    // Almost always there are none: this is asked for every event of every actor.
    return this.#byActor.size > 0 && this.#byActor.get(actor)?.has(sequence) === true;
  }

  /** Actor and sequence of each. */
  list(): readonly (readonly [string, number])[] {
    return [...this.#byActor].flatMap(([actor, sequences]) =>
      [...sequences].map((sequence) => [actor, sequence] as const),
    );
  }
}
