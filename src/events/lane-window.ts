export interface Load {
  readonly count: number;
  readonly weight: number;
}

/** How much of a lane may be with the journal at once: a group is written whole, and the loop does nothing else meanwhile. */
export class LaneWindow {
  #count = 0;
  #weight = 0;

  isOpen(most: Load): boolean {
    return this.#count < most.count && this.#weight < most.weight;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  enter(weight: number): void {
    this.#count++;
    this.#weight += weight;
  }

  leave(weight: number): void {
    this.#count--;
    this.#weight -= weight;
  }
}
